"""The processor time that each replaced method of Snakemake saves its main process.

.venv/bin/python -m benchmarks.patches    # three minutes, most of them asleep
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Table

SNAKEMAKE = Path(sys.executable).with_name("snakemake")
INPUT_BYTES = 222_000_000  # the prepared images of MNIST
JOBS = {"checksum": 40, "_schedule_reevalutation": 600}
WHAT = {
    "checksum": "input of 222 MB, four outputs a job",
    "_schedule_reevalutation": "jobs of a second, sixteen at a time",
}
COLUMNS = ("method", "jobs", "what", "seconds as it is", "seconds replaced", "saved a job, ms")
SNAKEFILE = """
import time
from scrawl.pipeline import snakemake_patches as patches

patches.PATCHES = [patch for patch in patches.PATCHES if patch[2] == {replaced!r}]
assert len(patches.apply_patches()) == len(patches.PATCHES)


rule all:
    input:
        expand("out/{{i}}.0", i=range({jobs})),


rule job:
    input:
        "input",
    output:
        expand("out/{{i}}.{{part}}", part=range({outputs}), allow_missing=True),
    shell:
        "sleep {seconds}; touch {{output}}"


onsuccess:
    print("PROCESSOR SECONDS", time.process_time())
"""


def seconds(method: str, replaced: str) -> float:
    """Return the processor time of Snakemake's main process for a workflow that uses a method."""
    hashing = method == "checksum"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (folder / "input").open("wb") as file:
            file.truncate(INPUT_BYTES if hashing else 0)
        rules = SNAKEFILE.format(
            replaced=replaced,
            jobs=JOBS[method],
            outputs=4 if hashing else 1,
            seconds=0 if hashing else 1,
        )
        (folder / "Snakefile").write_text(rules)
        words = ["--cores", "16", "--scheduler", "greedy", "--max-checksum-file-size", "1GB"]
        result = subprocess.run(
            [SNAKEMAKE, *words, "--quiet", "all"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / "src")},
            capture_output=True,
            text=True,
            check=True,
        )
    return float(re.findall(r"PROCESSOR SECONDS ([\d.]+)", result.stdout + result.stderr)[0])


def main() -> None:
    """Measure, and write the table."""
    table = Table("patches", "Replaced methods of Snakemake", COLUMNS)
    for method, jobs in JOBS.items():
        before, after = seconds(method, ""), seconds(method, method)
        saved = 1000 * (before - after) / jobs
        table.add(f"`{method}`", jobs, WHAT[method], before, after, saved)
    table.notes.append("Seconds of the processor that Snakemake's main process takes.")
    table.write()


if __name__ == "__main__":
    main()
