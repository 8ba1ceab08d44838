"""Percentages and settings as text, for pages, tables and figures."""

from __future__ import annotations

import json
from typing import Any


def percent(share: float) -> str:
    """Return a share in per cent with two decimals, an image of 10,000.

    >>> percent(0.99554)
    '99.55 %'
    """
    return f"{100 * share:.2f} %"


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
