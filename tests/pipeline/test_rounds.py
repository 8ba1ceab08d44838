"""Snakemake's scheduler looks for jobs to start when one ends, and once in a while."""

from __future__ import annotations

from project import Project
from scrawl.pipeline.snakemake_patches import one_at_a_time

SPY = """
import threading


class Timer(threading.Timer):
    def start(self):
        print("TO LOOK AGAIN IN", self.interval)
        if self.interval < 60:
            super().start()


threading.Timer = Timer
"""


def test_while_a_look_is_due_no_other_is_asked_for() -> None:
    asked: list[float] = []
    ask = one_at_a_time(lambda _, delay: asked.append(delay))
    for delay in (0.0, 0.0, 3600.0, 0.0, 3600.0):
        ask(None, delay)
    assert asked == [0.0, 0.0, 3600.0]


def test_jobs_that_end_lead_to_no_further_looks(project: Project) -> None:
    common = project.folder / "workflow/rules/common.smk"
    common.write_text(common.read_text() + SPY)
    seeds = range(11, 17)
    targets = [f"artifacts/dots/runs/plain/{seed}/model.h5" for seed in seeds]
    output = project.build("--max-jobs-per-timespan", "100/1h", "--", *targets)
    assert output.count("Finished jobid") >= len(seeds)
    assert output.count("TO LOOK AGAIN IN 3600") == 1
