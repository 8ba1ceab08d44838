"""Numbers as the findings print them."""

from __future__ import annotations


def percent(share: float, decimals: int = 0) -> str:
    """Return a share in per cent.

    >>> percent(0.5), percent(0.98254, 2)
    ('50 %', '98.25 %')
    """
    return f"{100 * share:.{decimals}f} %"
