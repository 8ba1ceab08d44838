"""Labelled images as people keep them.

- `folders`: folders of pictures, one for each class
- `arrays`: NumPy files
- `tables`, `parquet`: CSV and Parquet tables
- `parts`: training and test parts, and a stratified split
- `groups`: groups of images, such as writers, and a split that keeps them whole
"""

from __future__ import annotations

from scrawl.data.labelled.groups import Groups
from scrawl.data.labelled.parts import Part, classes_of, held_out, opened

__all__ = ["Groups", "Part", "classes_of", "held_out", "opened"]
