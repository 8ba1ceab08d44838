# workflow/records.yaml (the rows), and on a dataset of every run of the suite records
# artifacts/{dataset}/runs/{experiment}/{seed}/metrics.json, of every network for them cost.json
#   →  artifacts/{dataset}/records/table.json and .csv
ROWS = relpath(HOUSE / "workflow/records.yaml")


localrules:
    recorded,


rule recorded:
    input:
        per_dataset("artifacts/{dataset}/records/table.json"),


rule records:
    input:
        metrics=per_run(
            "artifacts/{dataset}/runs/{experiment}/{seed}/metrics.json",
            datasets="{dataset}",
        ),
        # Read beside the metrics: from a bucket, only what is named here is fetched.
        costs=per_network(
            "artifacts/{dataset}/runs/{experiment}/{seed}/cost.json",
            datasets="{dataset}",
        ),
        rows=local(ROWS),
    output:
        table=kept("artifacts/{dataset}/records/table.json"),
        csv=kept("artifacts/{dataset}/records/table.csv"),
    log:
        "artifacts/{dataset}/logs/records.log",
    conda:
        "../envs/scrawl.yaml"
    resources:
        mem_mb=1000,
        runtime=minutes,
    params:
        *code_and_failures("records"),
        runs=lambda wildcards, input: folders(input.metrics),
    shell:
        "scrawl records --rows {input.rows} --runs {params.runs}"
        " --table {output.table} --csv {output.csv} > {log} 2>&1"
