# artifacts/{dataset}/prepared/{normalisation}.h5 and runs/{experiment}/{seed}/model.h5
#   →  artifacts/{dataset}/runs/{experiment}/{seed}/corruptions.json
#      of an ensemble, of the model.h5 of all its members together


rule corrupt:
    input:
        data=lambda wildcards: prepared_as(wildcards.experiment),
        models=lambda wildcards: [
            f"{run}/model.h5"
            for run in members_of(wildcards.dataset, wildcards.experiment, int(wildcards.seed))
        ],
    output:
        kept("<artifacts>/{dataset}/runs/{experiment}/{seed}/corruptions.json"),
    log:
        "<artifacts>/{dataset}/logs/corrupt-{experiment}-{seed}.log",
    conda:
        "../envs/scrawl.yaml"
    resources:
        mem_mb=memory,
        # Ten times what a convolutional network takes for 18 corruptions of five severities.
        runtime=lambda wildcards, input, attempt: attempt * round(10 + input.size_mb / 5),
    params:
        **code_and_failures("corrupt"),
        code=lambda wildcards: configuration.code(
            configuration.networks([(wildcards.experiment, wildcards.seed)])[0][0]
        ),
    shell:
        "scrawl corrupt --data {input.data:q} --models {input.models:q} {params.code}"
        " --output {output:q} > {log:q} 2>&1"
