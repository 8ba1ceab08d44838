# of every member, artifacts/{dataset}/runs/{experiment}/{seed}/metrics.json and predictions.h5
#   →  the same two files in artifacts/{dataset}/runs/{ensemble}/{seed}/, or in both validation/


rule ensemble:
    input:
        members=lambda wildcards: [
            f"{run}/{file}"
            for run in members_of(wildcards.dataset, wildcards.experiment, int(wildcards.seed))
            for file in ("predictions.h5", "metrics.json")
        ],
    output:
        metrics=kept("<artifacts>/{dataset}/runs/{experiment}/{seed}/metrics.json"),
        predictions=kept("<artifacts>/{dataset}/runs/{experiment}/{seed}/predictions.h5"),
    log:
        "<artifacts>/{dataset}/logs/ensemble-{experiment}-{seed}.log",
    wildcard_constraints:
        experiment=ENSEMBLES,
    conda:
        "../envs/scrawl.yaml"
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        **code_and_failures("ensemble"),
        split="test",
        settings=lambda wildcards: configuration.ensemble(
            wildcards.experiment, wildcards.seed
        ).canonical(),
        runs=lambda wildcards, input: folders(input.members),
    shell:
        "scrawl ensemble --split {params.split} --settings {params.settings:q}"
        " --runs {params.runs:q}"
        " --metrics {output.metrics:q} --predictions {output.predictions:q} > {log:q} 2>&1"


use rule ensemble as validate_ensemble with:
    input:
        members=lambda wildcards: [
            f"{run}/validation/{file}"
            for run in members_of(wildcards.dataset, wildcards.experiment, int(wildcards.seed))
            for file in ("predictions.h5", "metrics.json")
        ],
    output:
        metrics=kept("<artifacts>/{dataset}/runs/{experiment}/{seed}/validation/metrics.json"),
        predictions=kept("<artifacts>/{dataset}/runs/{experiment}/{seed}/validation/predictions.h5"),
    log:
        "<artifacts>/{dataset}/logs/validate-{experiment}-{seed}.log",
    params:
        split="validation",
        runs=lambda wildcards, input: folders(folders(input.members)),
