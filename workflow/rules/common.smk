# What all rules share: the checked configuration, the targets that it asks for, the code that each
# stage depends on, and what a job asks a cluster for.
import os
import re
import shlex
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger
from snakemake.settings.types import DeploymentMethod

from scrawl.pipeline.attempts import Attempts, unless_first
from scrawl.pipeline.workflow_files import WORKFLOW
from scrawl.pipeline.commands import COMMANDS
from scrawl.pipeline.interruption import Interruption
from scrawl.pipeline.provenance import code_of
from scrawl.pipeline.recovery import VARIABLE, begin, bring_to_present
from scrawl.pipeline.shared_cache import shared_cache
from scrawl.pipeline.snakemake_patches import apply_patches
from scrawl.pipeline.targets import suggesting
from scrawl.settings.configuration import PARTS, Configuration
from scrawl.settings.errors import suggestion
from scrawl.settings.configuration_files import configuration_files

# This folder; where only its rules were fetched, from a repository elsewhere, that of the package.
HERE = Path(str(workflow.current_basedir)).parents[1]
ROOT = HERE if (HERE / "workflow/datasets.yaml").is_file() else WORKFLOW
# Where the Snakefile lies that was called for: here, or in a project that takes its rules from here.
PROJECT = Path(str(workflow.main_snakefile)).parent
PROJECT = PROJECT if PROJECT.is_dir() else ROOT
# Another workflow may import this one as a module. Its process is its own: nothing of that is changed.
IS_MAIN = workflow.modifier.is_main_snakefile()


def refusing(function, *arguments):
    """Call a function; show its errors as Snakemake's own, without a traceback."""
    try:
        return function(*arguments)
    except (ValueError, OSError) as error:
        raise WorkflowError(str(error)) from None


def targets():
    """Yield the rules that can be asked for by name, once all are known."""
    yield from (rule.name for rule in workflow.rules if not rule.has_wildcards())


# A plain run continues where a killed one stopped. The open file's lock tells other runs that this
# one is alive; jobs find its name in their environment, on other nodes too.
attempts = Attempts(Path(".snakemake/scrawl/attempts"))
if workflow.is_main_process and not workflow.output_settings.dryrun:
    logger.addHandler(attempts)
    if IS_MAIN:
        logger.addFilter(unless_first)
        logger.addFilter(Interruption())
        alive = refusing(begin, Path(".snakemake"))
        os.environ[VARIABLE] = alive.name
if IS_MAIN:
    apply_patches()
    logger.addFilter(suggesting(lambda name: suggestion(name, targets())))


class shell(shell):
    """Snakemake's, with a prefix of its own: that of an importing workflow's rules stays theirs."""


# Rules call the command `scrawl` of the environment that runs Snakemake, activated or not; with
# conda, that of this folder, with conda's Python. `exec` puts it in the shell's place: Slurm would
# end a command whose shell has ended, while it writes its checkpoint.
if DeploymentMethod.CONDA in workflow.deployment_settings.deployment_method:
    start = f"export PYTHONPATH={shlex.quote(str(ROOT / 'src'))}; exec python -m"
else:
    start = f"export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH; exec"
shell.prefix(start.replace("{", "{{").replace("}", "}}"))


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
if IS_MAIN and workflow.is_main_process and not workflow.output_settings.dryrun:
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


def code_and_failures(command):
    """Return the parameters that every job is compared by: its code, and how often it failed.

    Each has a name: Snakemake's cache sorts them by it.
    """
    stage, _ = COMMANDS[command]
    return named(code_of(stage)) | {
        "failures": lambda wildcards: attempts.failed(command, dict(wildcards.items()))
    }


def named(digests):
    """Return `name@digest` parameters by their names."""
    return {f"code {digest.partition('@')[0]}": digest for digest in digests}


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


def prepared_as(experiment, dataset="{dataset}"):
    """Return the prepared form of a dataset that an experiment, or first member, asks for."""
    first, _ = configuration.networks([(experiment, 1)])[0]
    return f"<artifacts>/{dataset}/prepared/{configuration.run(first, 0).normalisation}.h5"


def raw_files(dataset):
    """Return the raw files of a dataset; their suffix tells how they are compressed."""
    return {
        part.replace("-", "_"): f"<artifacts>/{dataset}/raw/{part}.idx"
        + configuration.compression(dataset, part)
        for part in PARTS + configuration.dataset(dataset).groups
    }


def members_of(wildcards):
    """Return the folders of the runs whose answers an ensemble averages."""
    members = refusing(configuration.networks, [(wildcards.experiment, wildcards.seed)])
    return [f"<artifacts>/{wildcards.dataset}/runs/{name}/{seed}" for name, seed in members]


def figure(path, caption, **labels):
    """Return a figure in both formats; `snakemake --report` shows the SVG, with its caption."""
    shown = report(
        f"{path}.svg", caption=f"../report/{caption}.rst", category="{dataset}", labels=labels
    )
    return [kept(f"{path}.png"), kept(shown)]


def folders(files):
    """Return the folders of some files, each once, in the files' order."""
    return list(dict.fromkeys(str(Path(file).parent) for file in files))
