"""Normalisations: the ways in which pixels become inputs, a setting of datasets and of networks.

They stand apart from both: a new setting of datasets then trains no network again.
"""

from __future__ import annotations

from typing import Literal

Normalisation = Literal["unit", "standard", "none"]
