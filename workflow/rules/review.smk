# artifacts/{dataset}/prepared/{normalisation}.h5 and runs/{experiment}/{seed}/model.h5
#   →  artifacts/{dataset}/runs/{experiment}/{seed}/review.json


rule review:
    input:
        data=lambda wildcards: prepared_as(wildcards.experiment),
        model="artifacts/{dataset}/runs/{experiment}/{seed}/model.h5",
    output:
        kept("artifacts/{dataset}/runs/{experiment}/{seed}/review.json"),
    log:
        "artifacts/{dataset}/logs/review-{experiment}-{seed}.log",
    conda:
        "../envs/scrawl.yaml"
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        *code_and_failures("review"),
    shell:
        "scrawl review --data {input.data} --model {input.model} --output {output} > {log} 2>&1"
