# artifacts/{dataset}/decoded.h5  →  artifacts/{dataset}/prepared/{normalisation}.h5
#   one file for each normalisation that an experiment asks for. Where the groups of another dataset
#   decide which test images are taken (`met_in`, `unmet_in`), of its prepared file, too.


rule prepared:
    input:
        [per_dataset(prepared_as(experiment)) for experiment in TRAINED],


rule prepare:
    input:
        unpack(lambda wildcards: groups_compared(wildcards.dataset, wildcards.normalisation)),
        data="<artifacts>/{dataset}/decoded.h5",
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
        groups_of=lambda wildcards, input: [
            word
            for name in groups_compared(wildcards.dataset, wildcards.normalisation)
            for word in ("--groups-of", input[name])
        ],
    shell:
        "scrawl prepare --settings {params.settings:q} --data {input.data:q}"
        " {params.groups_of:q} --output {output:q} > {log:q} 2>&1"
