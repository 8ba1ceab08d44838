# artifacts/{dataset}/runs/{experiment}/{seed}/model.h5 and artifacts/{other}/prepared/{normalisation}.h5
#   →  artifacts/{dataset}/runs/{experiment}/{seed}/on/{other}/metrics.json and predictions.h5
#      a run on the test images of another dataset of the same shape and classes; the report shows it:
#      snakemake --cores 4 transferred --config dataset=glyphs evaluated_on=mnist

TRANSFERS = [path for dataset in selection.datasets for path in transfers(dataset, "metrics.json")]


rule transferred:
    input:
        # A function is called only where the target is asked for.
        TRANSFERS or (lambda wildcards: refusing(run_files.no_transfers, selection.datasets)),
        # A sweep has no report.
        []
        if selection.sweep
        else per_dataset(f"<artifacts>/{{dataset}}/reports/{selection.name}.html"),


rule transfer:
    input:
        data=lambda wildcards: prepared_as(wildcards.experiment, wildcards.other),
        model="<artifacts>/{dataset}/runs/{experiment}/{seed}/model.h5",
    output:
        metrics=kept("<artifacts>/{dataset}/runs/{experiment}/{seed}/on/{other}/metrics.json"),
        predictions=kept("<artifacts>/{dataset}/runs/{experiment}/{seed}/on/{other}/predictions.h5"),
    log:
        "<artifacts>/{dataset}/logs/transfer-{experiment}-{seed}-{other}.log",
    wildcard_constraints:
        experiment=NETWORKS,
        other=r"[A-Za-z0-9_.-]+",
    conda:
        "../envs/scrawl.yaml"
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        **code_and_failures("transfer"),
        settings=lambda wildcards: configuration.evaluation(wildcards.experiment).canonical(),
        code=lambda wildcards: configuration.code(wildcards.experiment),
    shell:
        "scrawl transfer --settings {params.settings:q} --data {input.data:q}"
        " --model {input.model:q} {params.code}"
        " --metrics {output.metrics:q} --predictions {output.predictions:q} > {log:q} 2>&1"
