"""Benchmarks: what speed, memory and accuracy claims rest on; `make bench` runs most of them."""

import scrawl  # noqa: F401 — before NumPy: what is measured is portable arithmetic, the default
