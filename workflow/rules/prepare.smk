# artifacts/{dataset}/decoded.h5  →  artifacts/{dataset}/prepared/{normalisation}.h5
#   one file for each normalisation that an experiment asks for


rule prepared:
    input:
        [per_dataset(prepared_as(experiment)) for experiment in TRAINED],


rule prepare:
    input:
        "<artifacts>/{dataset}/decoded.h5",
    output:
        kept("<artifacts>/{dataset}/prepared/{normalisation}.h5"),
    log:
        "<artifacts>/{dataset}/logs/prepare-{normalisation}.log",
    cache: CACHED
    conda:
        "../envs/scrawl.yaml"
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        **code_and_failures("prepare"),
        settings=lambda wildcards: configuration.preparation(
            wildcards.dataset, wildcards.normalisation
        ).canonical(),
    shell:
        "scrawl prepare --settings {params.settings:q} --data {input:q} --output {output:q}"
        " > {log:q} 2>&1"
