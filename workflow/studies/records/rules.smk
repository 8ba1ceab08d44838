# How far NumPy goes on MNIST: the suite `records`, and under constraints: `constrained`; and the recipes
# tried before on validation images, without answering a test image: `records-search`,
# `records-search-by-writer`, `constrained-search`.
#
# rows.yaml, of every run of a suite metrics.json, of every network for them cost.json
#   →  artifacts/{dataset}/records/{suite}/table.json and .csv
# of every run of its search validation/metrics.json and predictions.h5, of every network cost.json
#   →  artifacts/{dataset}/records/{suite}/protocol.json
# table.json and protocol.json  →  docs/records.md and docs/constrained.md, by page.md and constrained.md
from os.path import relpath

ROWS = relpath(ROOT / "workflow/studies/records/rows.yaml")
VALIDATED = [
    f"<artifacts>/{{dataset}}/runs/{{experiment}}/{{seed}}/validation/{file}"
    for file in ("metrics.json", "predictions.h5")
]


rule recorded:
    input:
        per_dataset(f"<artifacts>/{{dataset}}/records/{selection.name}/table.json"),


rule records:
    input:
        metrics=per_run(
            "<artifacts>/{dataset}/runs/{experiment}/{seed}/metrics.json",
            datasets="{dataset}",
        ),
        # Read beside the metrics: from a bucket, only files named here are fetched.
        costs=per_network(
            "<artifacts>/{dataset}/runs/{experiment}/{seed}/cost.json",
            datasets="{dataset}",
        ),
        # Answers by writer, where the dataset names them.
        answers=lambda wildcards: per_run(
            "<artifacts>/{dataset}/runs/{experiment}/{seed}/predictions.h5",
            datasets=[wildcards.dataset] * configuration.dataset(wildcards.dataset).has_groups,
        ),
        rows=local(ROWS),
    output:
        table=kept(f"<artifacts>/{{dataset}}/records/{selection.name}/table.json"),
        csv=kept(f"<artifacts>/{{dataset}}/records/{selection.name}/table.csv"),
    log:
        f"<artifacts>/{{dataset}}/logs/records-{selection.name}.log",
    conda:
        "../../envs/scrawl.yaml"
    resources:
        mem_mb=1000,
        runtime=minutes,
    params:
        **code_and_failures("records"),
        runs=lambda wildcards, input: folders(input.metrics),
    shell:
        "scrawl records --rows {input.rows:q} --runs {params.runs:q}"
        " --table {output.table:q} --csv {output.csv:q} > {log:q} 2>&1"


rule searched:
    input:
        per_dataset(f"<artifacts>/{{dataset}}/records/{selection.name}/protocol.json"),


rule protocol:
    input:
        # The members of an ensemble were tried as well: its recipe is theirs.
        answers=per_network(VALIDATED, datasets="{dataset}")
        + per_run(
            VALIDATED,
            experiments=[
                name for name in selection.experiments if name in configuration.ensembles
            ],
            datasets="{dataset}",
        ),
        costs=per_network(
            "<artifacts>/{dataset}/runs/{experiment}/{seed}/cost.json",
            datasets="{dataset}",
        ),
    output:
        kept(f"<artifacts>/{{dataset}}/records/{selection.name}/protocol.json"),
    log:
        f"<artifacts>/{{dataset}}/logs/protocol-{selection.name}.log",
    conda:
        "../../envs/scrawl.yaml"
    resources:
        mem_mb=1000,
        runtime=minutes,
    params:
        **code_and_failures("protocol"),
        chosen=lambda wildcards: configuration.recipes(
            [
                name
                for suite in configuration.suites.values()
                if suite.target == "recorded"
                for name in suite.experiments
            ]
        ),
        runs=lambda wildcards, input: folders(folders(input.answers)),
    shell:
        "scrawl protocol --chosen {params.chosen:q}"
        " --runs {params.runs:q} --output {output:q} > {log:q} 2>&1"
