"""The chain with its artifacts in a bucket: real Snakemake, against a server on this machine.

Not among the tests of `make test`: it needs Snakemake's storage plugin and moto (`make test-s3`).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import pytest

from project import BIN, ORIGINALS, Project, checkout, without_measurements

BUCKET = "s3://scrawl/somewhere"
STORAGE = ("--default-storage-provider", "s3", "--default-storage-prefix", BUCKET)


@dataclass
class Bucket:
    """A bucket that is filled from a checkout of its own.

    Attributes
    ----------
    project : Project
    address : str
        Of the server.
    """

    project: Project
    address: str

    def build(self, *words: str, project: Project | None = None) -> str:
        """Run Snakemake with the bucket to a good end, and return what it printed."""
        with TemporaryFile() as log:
            run = self.start(*words, project=project or self.project, log=log)
            status = run.wait(timeout=600)
            log.seek(0)
            output = log.read().decode()
        assert status == 0, output
        return output

    def start(self, *words: str, project: Project, log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start Snakemake with the bucket, in a session of its own."""
        return subprocess.Popen(
            [BIN / "snakemake", "--cores", "2", *STORAGE, *words],
            cwd=project.folder,
            env={
                **project.environment(),
                "AWS_ACCESS_KEY_ID": "any",
                "AWS_SECRET_ACCESS_KEY": "any",
                "SNAKEMAKE_STORAGE_S3_ENDPOINT_URL": self.address,
            },
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def objects(self) -> dict[str, bytes]:
        """Return all that is in the bucket, without logs and benchmarks."""
        boto3 = pytest.importorskip("boto3")
        client = boto3.client(
            "s3",
            endpoint_url=self.address,
            region_name="us-east-1",
            aws_access_key_id="any",
            aws_secret_access_key="any",  # noqa: S106 (the server takes any)
        )
        pages: Any = client.get_paginator("list_objects_v2").paginate(Bucket="scrawl")
        names = [one["Key"] for page in pages for one in page.get("Contents", [])]
        return {
            name.removeprefix("somewhere/artifacts/"): client.get_object(Bucket="scrawl", Key=name)[
                "Body"
            ].read()
            for name in names
            if not {"logs", "benchmarks"} & set(Path(name).parts)
        }


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    """Return a bucket that holds the whole chain, made through it."""
    server = pytest.importorskip("moto.server", reason="needs `pip install --editable .[test-s3]`")
    pytest.importorskip("snakemake_storage_plugin_s3", reason="needs the extra `s3`")
    thread = server.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    thread.start()
    host, port = thread.get_host_and_port()
    one = Bucket(checkout(tmp_path_factory.mktemp("bucket")), f"http://{host}:{port}")
    one.build()
    yield one
    thread.stop()


def test_the_bucket_holds_the_same_files_with_the_same_bytes(
    bucket: Bucket, finished: Project
) -> None:
    objects = bucket.objects()
    assert set(objects) == finished.files()
    for name, content in objects.items():
        theirs = (finished.folder / "artifacts" / name).read_bytes()
        assert without_measurements(content) == without_measurements(theirs), name
    assert not (bucket.project.folder / "artifacts").exists()


def test_a_second_run_does_nothing(bucket: Bucket) -> None:
    assert "Nothing to be done" in bucket.build()


def test_another_checkout_finds_everything_in_the_bucket(bucket: Bucket, tmp_path: Path) -> None:
    other = checkout(tmp_path / "elsewhere")
    assert "Nothing to be done" in bucket.build(project=other)


def test_what_is_missing_in_the_bucket_is_made_from_what_is_there(
    bucket: Bucket, tmp_path: Path
) -> None:
    other = checkout(tmp_path / "elsewhere")
    output = bucket.build("artifacts/dots/runs/plain/3/metrics.json", project=other)
    assert "] prepare " not in output
    assert "dots/runs/plain/3/metrics.json" in bucket.objects()


def test_the_page_is_made_from_what_is_in_the_bucket_alone(bucket: Bucket, tmp_path: Path) -> None:
    page = "artifacts/dots/reports/tiny.html"
    other = checkout(tmp_path / "elsewhere")
    before = bucket.objects()["dots/reports/tiny.html"]
    bucket.build("--forcerun", "report", "--", page, project=other)
    assert bucket.objects()["dots/reports/tiny.html"] == before


def test_the_table_of_the_originals_is_made_in_a_bucket_too(bucket: Bucket, tmp_path: Path) -> None:
    other = checkout(tmp_path / "elsewhere")
    other.add_study("originals", ORIGINALS)
    bucket.build("--config", "suite=originals", project=other)
    assert {"table.json", "table.csv", "comparison.png"} <= {
        Path(name).name for name in bucket.objects() if name.startswith("dots/originals/")
    }


def test_a_training_whose_machine_is_taken_away_goes_on_from_the_bucket_on_another(
    bucket: Bucket, tmp_path: Path
) -> None:
    long = {"hidden": [8], "epochs": 1000, "batch_size": 4, "dropout": 0.1, "average": "tail"}
    first, second, whole = (checkout(tmp_path / name) for name in ("first", "second", "whole"))
    for project in (first, second, whole):
        project.configure(lambda config: config["experiments"].update(long=long))
        project.configure(lambda config: config.update(checkpoint_seconds=0.2))
    run, checkpoint = "dots/runs/long/1", "dots/checkpoints/long/1.h5"
    with (tmp_path / "log").open("wb") as log:
        taken_away = bucket.start(f"artifacts/{run}/model.h5", project=first, log=log)
        while checkpoint not in bucket.objects():
            assert taken_away.poll() is None, (tmp_path / "log").read_text()
            time.sleep(0.2)
        os.killpg(taken_away.pid, signal.SIGKILL)
        taken_away.wait()
    shutil.rmtree(first.folder)
    bucket.build("--show-failed-logs", f"artifacts/{run}/model.h5", project=second)
    objects = bucket.objects()
    assert checkpoint not in objects
    assert json.loads(objects[f"{run}/cost.json"])["resumed"] == 1
    whole.build(f"artifacts/{run}/model.h5")
    assert objects[f"{run}/model.h5"] == (whole.folder / f"artifacts/{run}/model.h5").read_bytes()
