"""Shares and settings as all pages, tables and figures write them."""

from __future__ import annotations

import json
from typing import Any


def percent(share: float) -> str:
    """Return a share in per cent, to an image of 10,000.

    >>> percent(0.99554)
    '99.55 %'
    """
    return f"{100 * share:.2f} %"


def as_written(value: Any) -> str:
    """Return a setting as config.yaml has it.

    >>> [as_written(value) for value in ((128, 64), 0.1, "relu", None, True)]
    ['[128, 64]', '0.1', 'relu', 'null', 'true']
    """
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
