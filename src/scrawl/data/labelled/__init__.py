"""Labelled images as people keep them: folders of pictures, NumPy files, tables."""

from __future__ import annotations

from scrawl.data.labelled.parts import Part, classes_of, held_out, opened

__all__ = ["Part", "classes_of", "held_out", "opened"]
