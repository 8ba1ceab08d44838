# What all rules share: the checked configuration, the targets that it asks for, the code that each
# stage depends on, and what a job asks a cluster for.
import os
import re
from functools import partial
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger
from snakemake.settings.types import DeploymentMethod

from scrawl.pipeline.attempts import Attempts
from scrawl.pipeline.parameters import code_and_failures, named
from scrawl.pipeline.recovery import bring_to_present
from scrawl.pipeline.session import adapt_snakemake, begin_session
from scrawl.pipeline.shared_cache import shared_cache
from scrawl.pipeline.shell import shell_prefix
from scrawl.pipeline.storage import VARIABLE as STORAGE, description
from scrawl.pipeline.workflow_files import locations, package_alone
from scrawl.settings import run_files
from scrawl.settings.configuration import PARTS, Configuration
from scrawl.settings.configuration_files import configuration_files
from scrawl.settings.errors import suggestion
from scrawl.settings.run_files import folders

ROOT, PROJECT = locations(Path(str(workflow.current_basedir)), Path(str(workflow.main_snakefile)))
# Another workflow may import this one as a module. Its process is its own: nothing of that is changed.
IS_MAIN = workflow.modifier.is_main_snakefile()
MAKES_FILES = workflow.is_main_process and not workflow.output_settings.dryrun


def refusing(function, *arguments):
    """Call a function; show its errors as Snakemake's own, without a traceback."""
    try:
        return function(*arguments)
    except (ValueError, OSError) as error:
        raise WorkflowError(str(error)) from None


# A plain run continues where a killed one stopped. The open file's lock tells other runs that this
# one is alive.
attempts = Attempts(Path(".snakemake/scrawl/attempts"))
if MAKES_FILES:
    logger.addHandler(attempts)
    if IS_MAIN:
        alive = refusing(begin_session, logger, Path(".snakemake"))
if IS_MAIN:
    adapt_snakemake(logger, workflow, suggestion)


# Where artifacts are stored in a bucket, a job stores its checkpoint there itself.
if provider := workflow.storage_registry.default_storage_provider:
    os.environ[STORAGE] = description(
        workflow.storage_settings.default_storage_provider,
        workflow.storage_settings.default_storage_prefix,
        provider.settings,
    )


# For `--sdm apptainer`, and only then: the image of the Dockerfile, in the working directory.
container: "scrawl.sif"


class shell(shell):
    """Snakemake's, with a prefix of its own: that of an importing workflow's rules stays theirs."""


ELSEWHERE = {DeploymentMethod.CONDA, DeploymentMethod.APPTAINER}
elsewhere = ELSEWHERE & set(workflow.deployment_settings.deployment_method)
shell.prefix(shell_prefix(package_alone(Path(".snakemake/scrawl/package")) if elsewhere else None))


# Read here, not by Snakemake: that passes over some mistakes, and gives no line for others.
files = [*configuration_files(ROOT, PROJECT), *workflow.overwrite_configfiles]
given = workflow.config_settings.config, "--config"
if not IS_MAIN:
    files, given = configuration_files(ROOT), (config, "the importing workflow")
configuration = refusing(Configuration.read, files, PROJECT, *given, ROOT)
selection = refusing(configuration.selection)
# With `--cache`, results are shared with other checkouts: see docs/pipeline.md.
CACHED = IS_MAIN and refusing(
    shared_cache, workflow.workflow_settings.cache, os.environ, configuration.obstacles()
)


# Where every path of the rules begins; a `prefix` of an importing workflow comes before it.
pathvars:
    artifacts=configuration.artifacts,


# As seen by what is no input, output or log: parameters, the hint at the end of a run.
ARTIFACTS = Path(workflow.modifier.path_modifier.replace_prefix(workflow.pathvars.get("artifacts")))
if IS_MAIN and MAKES_FILES:
    bring_to_present([str(ARTIFACTS)])

# The runs asked for; in place of an ensemble's, those of its members.
networks = refusing(configuration.networks, selection.runs())
TRAINED = list(dict.fromkeys(experiment for experiment, _ in networks))

# Two rules make the metrics.json of a run in runs/{experiment}/{seed}: one of networks, one of
# ensembles. And two make raw files: they are downloaded, or made of another dataset's.
ENSEMBLES = "|".join(map(re.escape, configuration.ensembles)) or "(?!)"
NETWORKS = rf"(?!(?:{ENSEMBLES})/)[A-Za-z0-9_.-]+"
DEFORMED = "|".join(map(re.escape, configuration.deformed)) or "(?!)"


wildcard_constraints:
    dataset=r"[A-Za-z0-9_.-]+",
    experiment=r"[A-Za-z0-9_.-]+",
    seed=r"[0-9]+",
    sweep=r"[A-Za-z0-9_.-]+",
    normalisation="unit|standard|none",


code_and_failures = partial(code_and_failures, attempts)
prepared_as = partial(run_files.prepared_as, configuration)
groups_compared = partial(run_files.groups_compared, configuration)
raw_files = partial(run_files.raw_files, configuration)
members_of = partial(run_files.members_of, configuration)
runs_of = partial(run_files.runs_of, configuration)


def kept(output):
    """Return outputs whose former files stay in place until a job has made the new ones.

    Snakemake removes other outputs before their job starts. In a bucket nothing is removed until it
    is replaced, and nothing can be restored. Links into a cache have to be removed.
    """
    removed = workflow.storage_settings.default_storage_provider or CACHED
    return output if removed else update(output)


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


def others_of(dataset):
    """Return the datasets on which the runs of one are evaluated, too."""
    return [other for other in configuration.evaluated_on if other != dataset]


def transfers(dataset, file):
    """Return a file of every network of a dataset on each of the others."""
    return [
        path
        for other in others_of(dataset)
        for path in per_network(
            f"<artifacts>/{{dataset}}/runs/{{experiment}}/{{seed}}/on/{other}/{file}",
            datasets=[dataset],
        )
    ]


def page_of_mistakes(wildcards):
    """Return the page of mistakes, where it is or is asked for: other pages link to it."""
    page = f"{wildcards.dataset}/mistakes/{selection.name}.html"
    asked_for = {selection.target, *workflow.dag_settings.targets}  # known when jobs are planned
    there = "explained" in asked_for or (ARTIFACTS / page).exists()
    return [f"<artifacts>/{page}"] if there else []


def figure(path, caption, **labels):
    """Return a figure in both formats; `snakemake --report` shows the SVG, with its caption."""
    shown = report(
        f"{path}.svg", caption=f"../report/{caption}.rst", category="{dataset}", labels=labels
    )
    return [kept(f"{path}.png"), kept(shown)]
