# Accuracy on writers met in training and on others: the suites `people`, `people-recipes` and
# `people-splits`, and runs on another dataset.
#
# of the first one's runs predictions.h5 of test and validation images, of the others' those of
# validation images, of people-cross' those of the other dataset
#   →  artifacts/people.json
# people.json  →  docs/people.md, by page.md (`make docs`)


rule people:
    input:
        "<artifacts>/people.json",


rule tabulate_people:
    input:
        test=runs_of("people", "predictions.h5"),
        validation=[
            path
            for suite in ("people", "people-recipes", "people-splits")
            for path in runs_of(suite, "validation/predictions.h5")
        ],
        # They say how validation images were chosen.
        prepared=[
            f"<artifacts>/{dataset}/prepared/unit.h5"
            for suite in ("people", "people-splits")
            for dataset in configuration.suites[suite].datasets
        ],
        own=runs_of("people-cross", "metrics.json"),
        transfers=[
            f"<artifacts>/{dataset}/runs/{experiment}/{seed}/on/{other}/metrics.json"
            for dataset, other in (("glyphs", "mnist_writers"), ("mnist_writers", "glyphs"))
            for experiment in configuration.suites["people-cross"].experiments
            for seed in configuration.suites["people-cross"].seeds
        ],
    output:
        kept("<artifacts>/people.json"),
    log:
        "<artifacts>/people.log",
    conda:
        "../../envs/scrawl.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        **code_and_failures("people"),
        runs=lambda wildcards, input: folders(folders(input.validation)),
        transfers=lambda wildcards, input: folders(input.own),
    shell:
        "scrawl people --runs {params.runs:q} --transfers {params.transfers:q} --output {output:q}"
        " > {log:q} 2>&1"
