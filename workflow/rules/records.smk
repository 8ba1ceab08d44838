# workflow/records.yaml (the rows), and of every run of the suite records on a dataset
# artifacts/{dataset}/runs/{experiment}/{seed}/metrics.json, and benchmarks/train-*.tsv
#   →  artifacts/{dataset}/records/table.json and .csv
ROWS = relpath(HOUSE / "workflow/records.yaml")


localrules:
    recorded,


rule recorded:
    input:
        per_dataset("artifacts/{dataset}/records/table.json"),


rule records:
    input:
        lambda wildcards: per_run(
            "artifacts/{dataset}/runs/{experiment}/{seed}/metrics.json",
            datasets=[wildcards.dataset],
        ),
        rows=local(ROWS),
    output:
        table="artifacts/{dataset}/records/table.json",
        csv="artifacts/{dataset}/records/table.csv",
    log:
        "artifacts/{dataset}/logs/records.log",
    conda:
        "../envs/scrawl.yaml"
    resources:
        mem_mb=1000,
        runtime=minutes,
    params:
        *code_of("records"),
        runs=lambda wildcards, input: folders(input[:-1]),
        costs="artifacts/{dataset}/benchmarks",
    shell:
        "scrawl records --rows {input.rows} --runs {params.runs} --costs {params.costs}"
        " --table {output.table} --csv {output.csv} > {log} 2>&1"
