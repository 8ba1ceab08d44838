# artifacts/{dataset}/prepared/{normalisation}.h5 and runs/{experiment}/{seed}/model.h5
#   →  artifacts/{dataset}/runs/{experiment}/{seed}/metrics.json and predictions.h5
#      and for a choice between runs the same two in validation/, from the validation images


rule evaluated:
    input:
        per_run("<artifacts>/{dataset}/runs/{experiment}/{seed}/metrics.json"),


rule validated:
    input:
        per_run("<artifacts>/{dataset}/runs/{experiment}/{seed}/validation/metrics.json"),


rule evaluate:
    input:
        data=lambda wildcards: prepared_as(wildcards.experiment),
        model="<artifacts>/{dataset}/runs/{experiment}/{seed}/model.h5",
    output:
        metrics=kept("<artifacts>/{dataset}/runs/{experiment}/{seed}/metrics.json"),
        predictions=kept("<artifacts>/{dataset}/runs/{experiment}/{seed}/predictions.h5"),
    log:
        "<artifacts>/{dataset}/logs/evaluate-{experiment}-{seed}.log",
    wildcard_constraints:
        experiment=NETWORKS,
    cache: CACHED
    conda:
        "../envs/scrawl.yaml"
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        **code_and_failures("evaluate"),
        split="test",
        settings=lambda wildcards: configuration.evaluation(wildcards.experiment).canonical(),
        code=lambda wildcards: configuration.code(wildcards.experiment),
    shell:
        "scrawl evaluate --split {params.split} --settings {params.settings:q}"
        " --data {input.data:q} --model {input.model:q} {params.code}"
        " --metrics {output.metrics:q} --predictions {output.predictions:q} > {log:q} 2>&1"


# Does not touch the test set.
use rule evaluate as validate with:
    output:
        metrics=kept("<artifacts>/{dataset}/runs/{experiment}/{seed}/validation/metrics.json"),
        predictions=kept("<artifacts>/{dataset}/runs/{experiment}/{seed}/validation/predictions.h5"),
    log:
        "<artifacts>/{dataset}/logs/validate-{experiment}-{seed}.log",
    params:
        split="validation",
