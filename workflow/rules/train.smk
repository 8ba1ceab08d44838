# artifacts/{dataset}/prepared/{normalisation}.h5
#   →  artifacts/{dataset}/runs/{experiment}/{seed}/  model.h5, history.csv,
#      environment.json and cost.json


rule trained:
    input:
        per_network("<artifacts>/{dataset}/runs/{experiment}/{seed}/model.h5"),


rule train:
    input:
        lambda wildcards: prepared_as(wildcards.experiment),
    output:
        model=kept("<artifacts>/{dataset}/runs/{experiment}/{seed}/model.h5"),
        history=kept("<artifacts>/{dataset}/runs/{experiment}/{seed}/history.csv"),
        # Written beside the model without an option; named here to be stored in a bucket, too.
        environment=kept("<artifacts>/{dataset}/runs/{experiment}/{seed}/environment.json"),
        cost=kept("<artifacts>/{dataset}/runs/{experiment}/{seed}/cost.json"),
    log:
        "<artifacts>/{dataset}/logs/train-{experiment}-{seed}.log",
    wildcard_constraints:
        experiment=NETWORKS,
    cache: CACHED
    conda:
        "../envs/scrawl.yaml"
    # More do not help. Fewer, on a machine with fewer cores, give the same bytes.
    threads: lambda wildcards: configuration.run(wildcards.experiment, wildcards.seed).pieces
    resources:
        mem_mb=memory,
        runtime=minutes_of_training,
        # Not parameters: results do not depend on them, so a change makes nothing again, and a cache
        # finds an experiment under any name.
        artifacts=str(ARTIFACTS),
        checkpoint_seconds=f"{configuration.checkpoint_seconds:g}",
    params:
        **code_and_failures("train"),
        settings=lambda wildcards: configuration.run(
            wildcards.experiment, wildcards.seed
        ).canonical(),
        code=lambda wildcards: configuration.code(wildcards.experiment),
        # In a sweep some runs diverge: that is a result. For any other run it is a failure.
        divergence=lambda wildcards: (
            "--record-divergence" if configuration.is_point(wildcards.experiment) else ""
        ),
    shell:
        "scrawl train --settings {params.settings:q} --data {input:q}"
        " --model {output.model:q} --history {output.history:q} --threads {threads}"
        " {params.code}"
        " --checkpoint {resources.artifacts:q}/{wildcards.dataset}/checkpoints/"
        "{wildcards.experiment}/{wildcards.seed}.h5"
        " --checkpoint-every {resources.checkpoint_seconds}"
        " {params.divergence} > {log:q} 2>&1"
