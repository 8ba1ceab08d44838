# of every run of the suite records-search on a dataset
# artifacts/{dataset}/runs/{experiment}/{seed}/history.csv and cost.json
#   →  artifacts/{dataset}/records/protocol.json     what was tried: no test image is answered


localrules:
    searched,


rule searched:
    input:
        per_dataset("artifacts/{dataset}/records/protocol.json"),


rule protocol:
    input:
        histories=per_run(
            "artifacts/{dataset}/runs/{experiment}/{seed}/history.csv",
            datasets="{dataset}",
        ),
        costs=per_run(
            "artifacts/{dataset}/runs/{experiment}/{seed}/cost.json",
            datasets="{dataset}",
        ),
    output:
        "artifacts/{dataset}/records/protocol.json",
    log:
        "artifacts/{dataset}/logs/protocol.log",
    conda:
        "../envs/scrawl.yaml"
    resources:
        mem_mb=1000,
        runtime=minutes,
    params:
        *code_of("protocol"),
        settings=lambda wildcards: refusing(configuration.runs, selection.experiments),
        # Ensembles are chosen by nothing but their members' seeds.
        chosen=lambda wildcards: configuration.runs(
            name
            for name in suite_named("records")["experiments"]
            if name not in configuration.ensembles
        ),
        runs=lambda wildcards, input: folders(input.histories),
    shell:
        "scrawl protocol --settings {params.settings:q} --chosen {params.chosen:q}"
        " --runs {params.runs} --output {output} > {log} 2>&1"
