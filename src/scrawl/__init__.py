"""Handwritten digits, from raw IDX bytes to a trained NumPy network, one stage at a time."""

__version__ = "0.1.0"
