# artifacts/{dataset}/runs/{point}/{seed}/history.csv of every run of a sweep
#   →  artifacts/{dataset}/sweeps/{sweep}/summary.csv     every point, the best by validation first
# and of the best point only, {point}/{seed}/metrics.json: its test images are answered, no others
#   →  artifacts/{dataset}/sweeps/{sweep}/summary.json, settings.png and .svg


def runs_of(sweep, file, points):
    """Return a file of every run of some points of a sweep."""
    return expand(
        f"artifacts/{{dataset}}/runs/{{experiment}}/{{seed}}/{file}",
        experiment=points,
        seed=configuration.sweep(sweep).seeds,
        allow_missing=True,
    )


def best_of(wildcards):
    """Return the metrics of a sweep's best point, once it is known which that is."""
    with open(checkpoints.rank.get(**wildcards).output[0]) as table:
        best = list(table)[1].partition(",")[0]
    return runs_of(wildcards.sweep, "metrics.json", [best])


localrules:
    swept,


rule swept:
    input:
        per_dataset(f"artifacts/{{dataset}}/sweeps/{selection.sweep}/summary.json")
        if selection.sweep
        else [],


checkpoint rank:
    input:
        lambda wildcards: runs_of(
            wildcards.sweep, "history.csv", configuration.points(wildcards.sweep)
        ),
    output:
        "artifacts/{dataset}/sweeps/{sweep}/summary.csv",
    log:
        "artifacts/{dataset}/logs/rank-{sweep}.log",
    conda:
        "../envs/scrawl.yaml"
    params:
        *code_of("sweep"),
        settings=lambda wildcards: configuration.sweep(wildcards.sweep).canonical(),
        runs=lambda wildcards, input: str(Path(input[0]).parents[2]),
    shell:
        "scrawl sweep rank --settings {params.settings:q} --runs {params.runs}"
        " --table {output} > {log} 2>&1"


rule sweep:
    input:
        best_of,
        table="artifacts/{dataset}/sweeps/{sweep}/summary.csv",
    output:
        summary="artifacts/{dataset}/sweeps/{sweep}/summary.json",
        figure=multiext("artifacts/{dataset}/sweeps/{sweep}/settings", ".png", ".svg"),
    log:
        "artifacts/{dataset}/logs/sweep-{sweep}.log",
    conda:
        "../envs/scrawl.yaml"
    params:
        *code_of("sweep"),
        settings=lambda wildcards: configuration.sweep(wildcards.sweep).canonical(),
        runs=lambda wildcards, input: str(Path(input[0]).parents[2]),
    shell:
        "scrawl sweep summarise --settings {params.settings:q} --runs {params.runs}"
        " --table {input.table} --summary {output.summary} --figure {output.figure} > {log} 2>&1"
