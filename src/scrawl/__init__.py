"""Handwritten digits, from raw IDX bytes to a trained NumPy network, one stage at a time.

To import it before NumPy gives the same bits on every x86-64 processor: see `settings.arithmetic`.
"""

from scrawl.settings import arithmetic

__version__ = "0.1.0"

arithmetic.pin()
