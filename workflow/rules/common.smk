# What the rules share: the checked configuration, the targets that it asks for, and the code that
# each stage depends on.
import os
import re
import shlex
import sys
from os.path import relpath
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.io import _IOFile
from snakemake.logging import logger
from snakemake.scheduling.job_scheduler import JobScheduler
from snakemake.settings.types import DeploymentMethod

from scrawl.__main__ import COMMANDS
from scrawl.pipeline.attempts import Attempts, unless_first
from scrawl.settings.configuration import PARTS, Configuration
from scrawl.pipeline.provenance import code_of
from scrawl.pipeline.recovery import VARIABLE, begin, bring_to_present
from scrawl.pipeline.snakemake_patches import one_at_a_time, remembering
from scrawl.settings.sections import Suite
from scrawl.settings.yaml_files import read_yaml

HOUSE = Path(workflow.basedir)


def refusing(function, *arguments):
    """Call a function; let Snakemake say what it refuses, without a traceback."""
    try:
        return function(*arguments)
    except (ValueError, OSError) as error:
        raise WorkflowError(str(error)) from None


# A plain run goes on where a killed one stopped. Dry runs take no part. Kept open to the end: its
# lock says that this run is alive. Jobs learn of it by their environment, also on other nodes:
# there a child of Snakemake reads this file, and passes on what it was given.
attempts = Attempts(Path(".snakemake/scrawl/attempts"))
if workflow.is_main_process and not workflow.output_settings.dryrun:
    alive = refusing(begin, Path(".snakemake"))
    os.environ[VARIABLE] = alive.name
    logger.addHandler(attempts)
    logger.addFilter(unless_first)
    bring_to_present(["artifacts"])


def code_and_failures(command):
    """Return what every job is compared by: its code, and how often it has failed."""
    stage, _ = COMMANDS[command]
    return [*code_of(stage), lambda wildcards: attempts.failed(command, dict(wildcards.items()))]


def kept(output):
    """Return outputs whose former files stay in place until a job has made the new ones.

    Snakemake removes other outputs before their job starts. In a bucket nothing is removed until it
    is replaced, and nothing can be restored.
    """
    return output if workflow.storage_settings.default_storage_provider else update(output)


_IOFile.checksum = remembering(_IOFile.checksum)
JobScheduler._schedule_reevalutation = one_at_a_time(JobScheduler._schedule_reevalutation)

# The stages are the command `scrawl` of the environment that runs Snakemake, activated or not; with
# conda, of this folder, with the Python and the packages of conda. It takes the shell's place: a
# shell that ends by a signal before its command would have Slurm kill the command while that writes
# its checkpoint.
if DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method:
    shell.prefix(f"export PYTHONPATH={shlex.quote(str(HOUSE / 'src'))}; exec python -m ")
else:
    shell.prefix(f"export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH; exec ")


# Read here, not by Snakemake: that passes over some mistakes, and gives no line for others.
configuration = refusing(
    Configuration.read,
    [HOUSE / "config.yaml", *workflow.overwrite_configfiles],
    HOUSE,
    workflow.config_settings.config,
)
selection = refusing(configuration.selection)
# The runs asked for and, for ensembles among them, those of their members.
networks = refusing(configuration.networks, selection.runs())
TRAINED = list(dict.fromkeys(experiment for experiment, _ in networks))


# A run in runs/{name}/{seed} is that of a network, unless its name is an ensemble's: two rules make
# its metrics.json, and these two expressions keep them apart.
ENSEMBLES = "|".join(map(re.escape, configuration.ensembles)) or "(?!)"
NETWORKS = rf"(?!(?:{ENSEMBLES})/)[A-Za-z0-9_.-]+"


# The raw files of a dataset are downloaded, or made of another's by the rule `deform`.
DEFORMED = "|".join(map(re.escape, configuration.deformed)) or "(?!)"


wildcard_constraints:
    dataset=r"[A-Za-z0-9_.-]+",
    experiment=r"[A-Za-z0-9_.-]+",
    seed=r"[0-9]+",
    sweep=r"[A-Za-z0-9_.-]+",
    normalisation="unit|standard|none",


def per_dataset(pattern):
    """Return `pattern` for every dataset asked for."""
    return expand(pattern, dataset=selection.datasets)


def per_run(pattern, experiments=selection.experiments, datasets=selection.datasets):
    """Return `pattern` for every run asked for."""
    return expand(pattern, dataset=datasets, experiment=experiments, seed=selection.seeds)


def per_network(pattern, datasets=selection.datasets):
    """Return `pattern` for every network that is trained for the runs asked for."""
    return [
        path
        for experiment, seed in networks
        for path in expand(pattern, dataset=datasets, experiment=experiment, seed=seed)
    ]


def prepared_as(experiment, dataset="{dataset}"):
    """Return the prepared form of a dataset that an experiment, or first member, asks for."""
    first, _ = configuration.networks([(experiment, 1)])[0]
    normalisation = configuration.run(first, 0).normalisation
    return f"artifacts/{dataset}/prepared/{normalisation}.h5"


def figures_of(experiment):
    """Return the figures that the networks of an experiment have for themselves."""
    run = configuration.run(experiment, 0)
    return ["weights", "features"] * bool(run.filters) + ["augmented"] * bool(run.distortions)


def figure(path, caption, **labels):
    """Return a figure in both formats; `snakemake --report` shows the SVG, with its caption."""
    shown = report(
        f"{path}.svg", caption=f"../report/{caption}.rst", category="{dataset}", labels=labels
    )
    return [kept(f"{path}.png"), kept(shown)]


def raw_files(dataset):
    """Return the four files of a dataset; their ending tells how they are compressed."""
    return {
        part.replace(
            "-", "_"
        ): f"artifacts/{dataset}/raw/{part}.idx{configuration.compression(dataset, part)}"
        for part in PARTS
    }


def archive_of(wildcards):
    """Return the archive that a dataset comes in, as a list: most come in none."""
    name = configuration.archive(wildcards.dataset)
    return [f"artifacts/archives/{name}"] if name else []


def folders(files):
    """Return the runs' folders of some of their files, each once, in the suite's order."""
    return list(dict.fromkeys(str(Path(file).parent) for file in files))


def answers_of_members(wildcards, place=""):
    """Return what the members of an ensemble answered, in a folder of each run's own folder."""
    members = [(wildcards.experiment, wildcards.seed)]
    return [
        f"artifacts/{wildcards.dataset}/runs/{experiment}/{seed}/{place}{file}"
        for experiment, seed in refusing(configuration.networks, members)
        for file in ("predictions.h5", "metrics.json")
    ]


def suite_named(name):
    """Return a suite, an empty one where the configuration has none of that name."""
    return configuration.suites.get(name, Suite(datasets=(), experiments=(), seeds=()))


def evidence(pattern):
    """Return `pattern` for every run of the two suites, in their order."""
    return [
        file
        for suite in map(suite_named, ("questions", "ladder"))
        for file in expand(
            pattern, experiment=suite.experiments, seed=suite.seeds, allow_missing=True
        )
    ]


def runs_of(sweep, file, points):
    """Return a file of every run of some points of a sweep."""
    return expand(
        f"artifacts/{{dataset}}/runs/{{experiment}}/{{seed}}/{file}",
        experiment=points,
        seed=configuration.sweep(sweep).seeds,
        allow_missing=True,
    )


def best_of(wildcards):
    """Return the metrics of a sweep's best point, once it is known which that is."""
    with open(checkpoints.rank.get(**wildcards).output[0]) as table:
        best = list(table)[1].partition(",")[0]
    return runs_of(wildcards.sweep, "metrics.json", [best])


# What the authors of the originals printed, and the experiments of which it needs the answers for
# the training images, not for the test images only.
PRINTED = relpath(HOUSE / "workflow/originals.yaml")
REVIEWED = {
    number["experiment"]
    for number in read_yaml(Path(PRINTED))["numbers"]
    if number["quantity"] != "test_accuracy"
}


def files_compared(wildcards):
    """Return what is needed of every run of a suite."""
    suite = configuration.suites[wildcards.suite]
    run = f"artifacts/{wildcards.dataset}/runs/{{experiment}}/{{seed}}"
    reviewed = [name for name in suite.experiments if name in REVIEWED]
    return expand(
        f"{run}/metrics.json", experiment=suite.experiments, seed=suite.seeds
    ) + expand(f"{run}/review.json", experiment=reviewed, seed=suite.seeds)


# What a job asks a cluster for, and counts for with `--resources mem_mb=…` on one machine. Each new
# attempt asks for more. No stage was seen to take more than twice its input and 60 MB, and the two
# processes of Snakemake around a job elsewhere take 150 MB each. Of images that are stored as bytes
# none stay in memory: of eight million, no stage took more than 400 MB.
def is_bytes(wildcards):
    """Tell whether a dataset's images are stored as bytes."""
    return configuration.dataset(wildcards.dataset).stored_as == "uint8"


def memory(wildcards, input, attempt):
    """Return megabytes for a stage, from the size of its input."""
    return attempt * (1024 if is_bytes(wildcards) else round(500 + 4 * input.size_mb))


def minutes(wildcards, attempt):
    """Return minutes for a stage that reads and writes: it takes seconds."""
    return attempt * 10


def minutes_of_training(wildcards, input, attempt):
    """Return minutes for a run: six times what convolutions take on one core, and ten more."""
    epochs = configuration.run(wildcards.experiment, wildcards.seed).epochs
    as_float32 = input.size_mb * (4 if is_bytes(wildcards) else 1)
    return attempt * round(10 + epochs * as_float32 / 500)
