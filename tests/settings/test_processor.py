"""Features of the processor, as the C library or the system reports them."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from scrawl.settings import processor


@pytest.mark.skipif(
    platform.machine() != "x86_64" or not processor.CPUINFO.exists(), reason="needs x86-64 Linux"
)
def test_the_c_library_tells_what_the_system_lists() -> None:
    told = processor._told_by_glibc()
    if told is None:
        pytest.skip("this C library tells nothing")
    listed = processor._listed(processor.CPUINFO)
    assert listed is not None
    assert told == listed & processor.PLACES.keys()


def test_without_such_a_c_library_the_list_of_the_system_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processor, "_told_by_glibc", lambda: None)
    cpuinfo = tmp_path / "cpuinfo"
    assert processor.features(cpuinfo) is None
    cpuinfo.write_text("processor : 0\n")
    assert processor.features(cpuinfo) is None
    cpuinfo.write_text("processor : 0\nflags\t\t: fpu sse avx2 fma\nbugs : none\n")
    assert processor.features(cpuinfo) == {"fpu", "sse", "avx2", "fma"}
