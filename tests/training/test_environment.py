"""The environment names what computes, whatever else is loaded."""

from __future__ import annotations

import numpy as np

from scrawl.training.environment import environment


def test_the_blas_is_numpys_also_where_scipy_has_loaded_its_own() -> None:
    before = environment()
    import scipy.linalg

    identity = np.eye(2)
    assert np.array_equal(scipy.linalg.inv(identity), identity)
    assert environment() == before
    assert environment()["blas"].count(" for ") == 1
