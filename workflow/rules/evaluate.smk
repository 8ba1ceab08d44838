# artifacts/{dataset}/prepared/{normalisation}.h5 and runs/{experiment}/{seed}/model.h5
#   →  artifacts/{dataset}/runs/{experiment}/{seed}/metrics.json and predictions.h5


localrules:
    evaluated,


rule evaluated:
    input:
        per_run("artifacts/{dataset}/runs/{experiment}/{seed}/metrics.json"),


rule evaluate:
    input:
        data=lambda wildcards: prepared_as(wildcards.experiment),
        model="artifacts/{dataset}/runs/{experiment}/{seed}/model.h5",
    output:
        metrics="artifacts/{dataset}/runs/{experiment}/{seed}/metrics.json",
        predictions="artifacts/{dataset}/runs/{experiment}/{seed}/predictions.h5",
    log:
        "artifacts/{dataset}/logs/evaluate-{experiment}-{seed}.log",
    wildcard_constraints:
        experiment=NETWORKS,
    conda:
        "../envs/scrawl.yaml"
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        *code_of("evaluate"),
        settings=lambda wildcards: configuration.evaluation(wildcards.experiment).canonical(),
    shell:
        "scrawl evaluate --settings {params.settings:q} --data {input.data} --model {input.model}"
        " --metrics {output.metrics} --predictions {output.predictions} > {log} 2>&1"
