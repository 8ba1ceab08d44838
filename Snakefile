# From raw IDX bytes to trained networks and their plots: the table of contents.
#
#   snakemake --cores all                            the configured suite
#   snakemake --cores 4 --config dataset=mnist       the same on MNIST
#   snakemake --cores 4 prepared                     up to one stage: downloaded decoded prepared
#                                                    trained evaluated plotted drawn reported
#   snakemake --cores 4 --config suite=originals     every number of the originals, made again
#   snakemake --cores 4 --config suite=questions     their open questions, answered
#   snakemake --cores 4 --config suite=records       how far NumPy goes on MNIST
#   snakemake --cores 4 --config suite=records-search      ... and what was tried before
#   snakemake --cores 4 --config sweep=rates         a sweep over settings, and its best point
from snakemake.utils import min_version

min_version("9.19")


include: "workflow/rules/common.smk"
include: "workflow/rules/download.smk"
include: "workflow/rules/deform.smk"
include: "workflow/rules/decode.smk"
include: "workflow/rules/prepare.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/ensemble.smk"
include: "workflow/rules/review.smk"
include: "workflow/rules/sweep.smk"
include: "workflow/rules/plot.smk"
include: "workflow/rules/draw.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/records.smk"
include: "workflow/rules/protocol.smk"
include: "workflow/rules/measure.smk"
include: "workflow/rules/questions.smk"
include: "workflow/rules/originals.smk"


rule all:
    input:
        getattr(rules, selection.target).input,


onsuccess:
    pages = {"To look at": "report.html", "To draw on": "draw.html"}
    if selection.sweep:
        pages = {"To look at": f"sweeps/{selection.sweep}/"}
    for dataset in selection.datasets:
        for what, page in pages.items():
            if Path(f"artifacts/{dataset}/{page}").exists():
                print(f"{what}: artifacts/{dataset}/{page}")
