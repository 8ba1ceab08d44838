# of all seeds of an experiment, predictions.h5, and the first seed's model.h5
#   →  artifacts/{dataset}/mistakes/{suite}/{experiment}.h5
#      the test images that are answered wrongly, and the training images that explain them


rule mistakes:
    input:
        data=lambda wildcards: prepared_as(wildcards.experiment),
        answers=expand(
            "<artifacts>/{dataset}/runs/{experiment}/{seed}/predictions.h5",
            seed=selection.seeds,
            allow_missing=True,
        ),
        # An ensemble has no network of its own.
        model=lambda wildcards: (
            []
            if wildcards.experiment in configuration.ensembles
            else f"<artifacts>/{{dataset}}/runs/{{experiment}}/{selection.seeds[0]}/model.h5"
        ),
    output:
        kept(f"<artifacts>/{{dataset}}/mistakes/{selection.name}/{{experiment}}.h5"),
    log:
        f"<artifacts>/{{dataset}}/logs/mistakes-{selection.name}-{{experiment}}.log",
    conda:
        "../envs/scrawl.yaml"
    resources:
        mem_mb=memory,
        # Ten times what a convolutional network takes.
        runtime=lambda wildcards, input, attempt: attempt * round(10 + input.size_mb / 50),
    params:
        **code_and_failures("mistakes"),
        runs=lambda wildcards, input: folders(input.answers),
        model=lambda wildcards, input: ["--model", input.model] if input.model else [],
        code=lambda wildcards: configuration.code(
            configuration.networks([(wildcards.experiment, selection.seeds[0])])[0][0]
        ),
    shell:
        "scrawl mistakes --data {input.data:q} --runs {params.runs:q} {params.model:q}"
        " {params.code} --output {output:q} > {log:q} 2>&1"
