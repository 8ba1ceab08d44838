# of every run of the suite records-search on a dataset
# artifacts/{dataset}/runs/{experiment}/{seed}/validation/metrics.json and predictions.h5, and of
# every network cost.json
#   →  artifacts/{dataset}/records/protocol.json     what was tried: no test image is answered

VALIDATED = [
    f"artifacts/{{dataset}}/runs/{{experiment}}/{{seed}}/validation/{file}"
    for file in ("metrics.json", "predictions.h5")
]


localrules:
    searched,


rule searched:
    input:
        per_dataset("artifacts/{dataset}/records/protocol.json"),


rule protocol:
    input:
        # The members of an ensemble were tried as well: its recipe is theirs.
        answers=per_network(VALIDATED, datasets="{dataset}")
        + per_run(
            VALIDATED,
            experiments=[
                name for name in selection.experiments if name in configuration.ensembles
            ],
            datasets="{dataset}",
        ),
        costs=per_network(
            "artifacts/{dataset}/runs/{experiment}/{seed}/cost.json",
            datasets="{dataset}",
        ),
    output:
        kept("artifacts/{dataset}/records/protocol.json"),
    log:
        "artifacts/{dataset}/logs/protocol.log",
    conda:
        "../envs/scrawl.yaml"
    resources:
        mem_mb=1000,
        runtime=minutes,
    params:
        *code_and_failures("protocol"),
        chosen=lambda wildcards: configuration.recipes(suite_named("records").experiments),
        runs=lambda wildcards, input: folders(folders(input.answers)),
    shell:
        "scrawl protocol --chosen {params.chosen:q}"
        " --runs {params.runs} --output {output} > {log} 2>&1"
