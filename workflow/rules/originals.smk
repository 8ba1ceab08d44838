# workflow/originals.yaml (what the authors printed), and of every run of a suite on a dataset
# artifacts/{dataset}/runs/{experiment}/{seed}/metrics.json and review.json
#   →  artifacts/{dataset}/{suite}/table.json and .csv, comparison.png and .svg
#   for the suites originals, and originals-search: what else was tried
ORIGINALS = [name for name in ("originals", "originals-search") if name in configuration.suites]


localrules:
    originals,
    compare_originals,


rule originals:
    input:
        [
            f"artifacts/{dataset}/{suite}/table.json"
            for suite in ORIGINALS
            for dataset in configuration.suites[suite].datasets
        ],


rule compare_originals:
    input:
        files_compared,
        # Part of the workflow: never in a bucket.
        printed=local(PRINTED),
    output:
        table=kept("artifacts/{dataset}/{suite}/table.json"),
        csv=kept("artifacts/{dataset}/{suite}/table.csv"),
        figure=kept(multiext("artifacts/{dataset}/{suite}/comparison", ".png", ".svg")),
    log:
        "artifacts/{dataset}/logs/{suite}.log",
    wildcard_constraints:
        suite="originals|originals-search",
    conda:
        "../envs/scrawl.yaml"
    params:
        *code_and_failures("originals"),
        runs=lambda wildcards, input: folders(input[:-1]),
    shell:
        "scrawl originals --printed {input.printed} --runs {params.runs}"
        " --table {output.table} --csv {output.csv} --figure {output.figure} > {log} 2>&1"
