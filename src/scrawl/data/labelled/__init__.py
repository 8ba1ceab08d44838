"""Labelled images as people keep them.

- `folders`: folders of pictures, one for each class
- `arrays`: NumPy files
- `tables`, `parquet`: CSV and Parquet tables
- `parts`: training and test parts, and a stratified split
"""

from __future__ import annotations

from scrawl.data.labelled.parts import Part, classes_of, held_out, opened

__all__ = ["Part", "classes_of", "held_out", "opened"]
