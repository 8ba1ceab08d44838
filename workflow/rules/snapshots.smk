# artifacts/{dataset}/prepared/{normalisation}.h5
#   →  artifacts/{dataset}/runs/{experiment}/{seed}/snapshots.h5
#   snapshots of a small network from a few points of its training, for the drawing page


rule snapshots:
    input:
        lambda wildcards: prepared_as(wildcards.experiment),
    output:
        kept("<artifacts>/{dataset}/runs/{experiment}/{seed}/snapshots.h5"),
    log:
        "<artifacts>/{dataset}/logs/snapshots-{experiment}-{seed}.log",
    wildcard_constraints:
        experiment=NETWORKS,
    conda:
        "../envs/scrawl.yaml"
    threads: lambda wildcards: configuration.run(wildcards.experiment, wildcards.seed).pieces
    resources:
        mem_mb=memory,
        runtime=minutes_of_training,
    params:
        **code_and_failures("snapshots"),
        settings=lambda wildcards: configuration.run(
            wildcards.experiment, wildcards.seed
        ).canonical(),
    shell:
        "scrawl snapshots --settings {params.settings:q} --data {input:q} --snapshots {output:q}"
        " --threads {threads} > {log:q} 2>&1"
