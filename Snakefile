# From raw IDX bytes to trained networks and their plots: the table of contents.
#
#   snakemake --cores all                            the configured suite
#   snakemake --cores 4 --config dataset=mnist       the same on MNIST
#   snakemake --cores 4 prepared                     up to one stage: downloaded decoded prepared
#                                                    trained evaluated plotted drawn reported
#   snakemake --cores 4 --config sweep=rates         a sweep over settings, and its best point
#   snakemake --cores 4 --config suite=originals     a suite of a study in workflow/studies/
import gc

from snakemake.utils import min_version

min_version("9.19")


include: "workflow/rules/common.smk"
include: "workflow/rules/resources.smk"
include: "workflow/rules/download.smk"
include: "workflow/rules/deform.smk"
include: "workflow/rules/decode.smk"
include: "workflow/rules/prepare.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/transfer.smk"
include: "workflow/rules/ensemble.smk"
include: "workflow/rules/corrupt.smk"
include: "workflow/rules/sweep.smk"
include: "workflow/rules/groups.smk"
include: "workflow/rules/plot.smk"
include: "workflow/rules/snapshots.smk"
include: "workflow/rules/doubts.smk"
include: "workflow/rules/mistakes.smk"
include: "workflow/rules/explain.smk"
include: "workflow/rules/draw.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/index.smk"


# Each study is a folder with its configuration and rules: to ignore, or to copy for one's own.
for study in sorted(ROOT.glob("workflow/studies/*/rules.smk")):

    include: study


# All rules are known. Like the modules they stay to the end, so Python need not search them for
# garbage.
if IS_MAIN:
    gc.freeze()

try:
    target = getattr(rules, selection.target)
except WorkflowError:
    refusing(configuration.refuse_target)


rule all:
    input:
        target.input,


onsuccess:
    from scrawl.artifacts import cautions
    from scrawl.tools.runs import print_results

    runs = selection.datasets, selection.experiments, selection.seeds
    print_results(ARTIFACTS, *runs, configuration.evaluated_on)
    pages = {
        "To look at": f"reports/{selection.name}.html",
        "To draw on": f"draw/{selection.name}.html",
        "Mistakes": f"mistakes/{selection.name}.html",
        "Under corruptions": f"robustness/{selection.name}/curves.png",
        "All runs": "index.html",
    }
    if selection.sweep:
        pages = {"To look at": f"sweeps/{selection.sweep}/"}
    for dataset in selection.datasets:
        folder = ARTIFACTS / dataset
        for warning in cautions.collected(sorted(folder.glob("prepared/*.h5"))):
            print(f"Warning: {warning}")
        for what, page in pages.items():
            if (folder / page).exists():
                print(f"{what}: {folder / page}")
