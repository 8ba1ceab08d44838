# artifacts/{dataset}/prepared/{normalisation}.h5
#   →  artifacts/{dataset}/runs/{experiment}/{seed}/moments.h5
#   snapshots of a small network from a few moments of its training, for the drawing page


rule moments:
    input:
        lambda wildcards: prepared_as(wildcards.experiment),
    output:
        kept("<artifacts>/{dataset}/runs/{experiment}/{seed}/moments.h5"),
    log:
        "<artifacts>/{dataset}/logs/moments-{experiment}-{seed}.log",
    wildcard_constraints:
        experiment=NETWORKS,
    conda:
        "../envs/scrawl.yaml"
    threads: lambda wildcards: configuration.run(wildcards.experiment, wildcards.seed).pieces
    resources:
        mem_mb=memory,
        runtime=minutes_of_training,
    params:
        **code_and_failures("moments"),
        settings=lambda wildcards: configuration.run(
            wildcards.experiment, wildcards.seed
        ).canonical(),
    shell:
        "scrawl moments --settings {params.settings:q} --data {input:q} --moments {output:q}"
        " --threads {threads} > {log:q} 2>&1"
