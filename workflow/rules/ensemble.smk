# of every member, artifacts/{dataset}/runs/{experiment}/{seed}/metrics.json and predictions.h5
#   →  the same two files in artifacts/{dataset}/runs/{ensemble}/{seed}/


rule ensemble:
    input:
        members=lambda wildcards: [
            f"artifacts/{wildcards.dataset}/runs/{experiment}/{seed}/{file}"
            for experiment, seed in refusing(
                configuration.networks, [(wildcards.experiment, wildcards.seed)]
            )
            for file in ("predictions.h5", "metrics.json")
        ],
    output:
        metrics="artifacts/{dataset}/runs/{experiment}/{seed}/metrics.json",
        predictions="artifacts/{dataset}/runs/{experiment}/{seed}/predictions.h5",
    log:
        "artifacts/{dataset}/logs/ensemble-{experiment}-{seed}.log",
    wildcard_constraints:
        experiment=ENSEMBLES,
    conda:
        "../envs/scrawl.yaml"
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        *code_of("ensemble"),
        settings=lambda wildcards: configuration.ensemble(
            wildcards.experiment, wildcards.seed
        ).canonical(),
        runs=lambda wildcards, input: folders(input.members),
    shell:
        "scrawl ensemble --settings {params.settings:q} --runs {params.runs}"
        " --metrics {output.metrics} --predictions {output.predictions} > {log} 2>&1"
