"""Percentages, durations and settings as text, for pages, tables and figures."""

from __future__ import annotations

import json
from typing import Any


def percent(share: float) -> str:
    """Return a share in per cent with two decimals, an image of 10,000.

    >>> percent(0.99554)
    '99.55 %'
    """
    return f"{100 * share:.2f} %"


def duration(seconds: float) -> str:
    """Return a duration in words.

    >>> [duration(s) for s in (3.25, 48, 240, 9000)]
    ['3.2 s', '48 s', '4.0 min', '2.5 h']
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def count(number: float) -> str:
    """Return a count, or a mean of counts with one decimal if it is not whole.

    >>> count(1234), count(52 / 3)
    ('1,234', '17.3')
    """
    number = round(float(number), 6)  # a sum of thirds need not be whole to the last bit
    return f"{number:,.0f}" if number.is_integer() else f"{number:,.1f}"


def as_written(value: Any) -> str:
    """Return a setting in the spelling of config.yaml.

    >>> [as_written(value) for value in ((128, 64), 0.1, "relu", None, True)]
    ['[128, 64]', '0.1', 'relu', 'null', 'true']
    """
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def setting_in_words(value: Any) -> str:
    """Return a setting as tables and figures show it.

    >>> [setting_in_words(value) for value in ((128, 64), [[8], [16]], [], None, True, 3.0)]
    ['128, 64', '8, 16', 'none', 'none', 'yes', '3']
    """
    match value:
        case float():
            return f"{value:g}"
        case None | [] | ():
            return "none"
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(map(setting_in_words, value))
    return str(value)
