# artifacts/{dataset}/runs/{point}/{seed}/history.csv of every run of a sweep
#   →  artifacts/{dataset}/sweeps/{sweep}/summary.csv     every point, the best by validation first
# and of the best point only, {point}/{seed}/metrics.json: no other point touches the test set
#   →  artifacts/{dataset}/sweeps/{sweep}/summary.json, settings.png and .svg


rule swept:
    input:
        per_dataset(f"<artifacts>/{{dataset}}/sweeps/{selection.sweep}/summary.json")
        if selection.sweep
        else [],


checkpoint rank:
    input:
        lambda wildcards: expand(
            "<artifacts>/{dataset}/runs/{point}/{seed}/history.csv",
            dataset=wildcards.dataset,
            point=configuration.points(wildcards.sweep),
            seed=configuration.sweep(wildcards.sweep).seeds,
        ),
    output:
        kept("<artifacts>/{dataset}/sweeps/{sweep}/summary.csv"),
    log:
        "<artifacts>/{dataset}/logs/rank-{sweep}.log",
    localrule: True
    conda:
        "../envs/scrawl.yaml"
    params:
        **code_and_failures("sweep"),
        settings=lambda wildcards: configuration.sweep(wildcards.sweep).canonical(),
        runs=lambda wildcards, input: str(Path(input[0]).parents[2]),
    shell:
        "scrawl sweep rank --settings {params.settings:q} --runs {params.runs:q}"
        " --table {output:q} > {log:q} 2>&1"


rule sweep:
    input:
        lambda wildcards: expand(
            "<artifacts>/{dataset}/runs/{best}/{seed}/metrics.json",
            dataset=wildcards.dataset,
            # The name in the first row below the heading, once the table is there.
            best=Path(checkpoints.rank.get(**wildcards).output[0])
            .read_text()
            .splitlines()[1]
            .partition(",")[0],
            seed=configuration.sweep(wildcards.sweep).seeds,
        ),
        table="<artifacts>/{dataset}/sweeps/{sweep}/summary.csv",
    output:
        summary=kept("<artifacts>/{dataset}/sweeps/{sweep}/summary.json"),
        figure=kept(multiext("<artifacts>/{dataset}/sweeps/{sweep}/settings", ".png", ".svg")),
    log:
        "<artifacts>/{dataset}/logs/sweep-{sweep}.log",
    localrule: True
    conda:
        "../envs/scrawl.yaml"
    params:
        **code_and_failures("sweep"),
        settings=lambda wildcards: configuration.sweep(wildcards.sweep).canonical(),
        runs=lambda wildcards, input: str(Path(input[0]).parents[2]),
    shell:
        "scrawl sweep summarise --settings {params.settings:q} --runs {params.runs:q}"
        " --table {input.table:q} --summary {output.summary:q} --figure {output.figure:q}"
        " > {log:q} 2>&1"
