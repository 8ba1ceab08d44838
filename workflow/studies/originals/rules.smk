# Every number that the originals' authors printed, beside those of the suite `originals` or
# `originals-search` (settings that were tried as well).
#
# artifacts/{dataset}/prepared/{normalisation}.h5 and runs/{experiment}/{seed}/model.h5
#   →  artifacts/{dataset}/runs/{experiment}/{seed}/review.json
# printed.yaml, and of every run of a suite on a dataset metrics.json and review.json
#   →  artifacts/{dataset}/{suite}/table.json and .csv, comparison.png and .svg
# table.json of both suites  →  docs/originals.md, by page.md (`make docs`)
from os.path import relpath

from scrawl.settings.yaml_files import read_yaml

ORIGINALS = ["originals", "originals-search"]
PRINTED = relpath(ROOT / "workflow/studies/originals/printed.yaml")
# The experiments whose answers for the training images are compared, too.
REVIEWED = {
    number["experiment"]
    for number in read_yaml(Path(PRINTED))["numbers"]
    if number["quantity"] != "test_accuracy"
}
COMPARED = {
    name: expand(
        "<artifacts>/{dataset}/runs/{experiment}/{seed}/metrics.json",
        experiment=configuration.suites[name].experiments,
        seed=configuration.suites[name].seeds,
        allow_missing=True,
    )
    + expand(
        "<artifacts>/{dataset}/runs/{experiment}/{seed}/review.json",
        experiment=[e for e in configuration.suites[name].experiments if e in REVIEWED],
        seed=configuration.suites[name].seeds,
        allow_missing=True,
    )
    for name in ORIGINALS
}


rule originals:
    input:
        [
            f"<artifacts>/{dataset}/{suite}/table.json"
            for suite in ORIGINALS
            for dataset in configuration.suites[suite].datasets
        ],


rule review:
    input:
        data=lambda wildcards: prepared_as(wildcards.experiment),
        model="<artifacts>/{dataset}/runs/{experiment}/{seed}/model.h5",
    output:
        kept("<artifacts>/{dataset}/runs/{experiment}/{seed}/review.json"),
    log:
        "<artifacts>/{dataset}/logs/review-{experiment}-{seed}.log",
    conda:
        "../../envs/scrawl.yaml"
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        **code_and_failures("review"),
    shell:
        "scrawl review --data {input.data:q} --model {input.model:q} --output {output:q}"
        " > {log:q} 2>&1"


rule compare_originals:
    input:
        lambda wildcards: expand(COMPARED[wildcards.suite], dataset=wildcards.dataset),
        # Part of the workflow: never in a bucket.
        printed=local(PRINTED),
    output:
        table=kept("<artifacts>/{dataset}/{suite}/table.json"),
        csv=kept("<artifacts>/{dataset}/{suite}/table.csv"),
        figure=kept(multiext("<artifacts>/{dataset}/{suite}/comparison", ".png", ".svg")),
    log:
        "<artifacts>/{dataset}/logs/{suite}.log",
    wildcard_constraints:
        suite="|".join(ORIGINALS),
    localrule: True
    conda:
        "../../envs/scrawl.yaml"
    params:
        **code_and_failures("originals"),
        runs=lambda wildcards, input: folders(input[:-1]),
    shell:
        "scrawl originals --printed {input.printed:q} --runs {params.runs:q}"
        " --table {output.table:q} --csv {output.csv:q} --figure {output.figure:q} > {log:q} 2>&1"
