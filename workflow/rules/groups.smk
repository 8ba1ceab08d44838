# of all seeds of an experiment, predictions.h5  →  artifacts/{dataset}/groups/{suite}/{experiment}.csv
#   a row for each group of images, such as each writer, the hardest first; of datasets that name groups

GROUPED = [name for name in selection.datasets if configuration.dataset(name).has_groups]


rule grouped:
    input:
        expand(
            "<artifacts>/{dataset}/groups/{suite}/{experiment}.csv",
            dataset=GROUPED,
            suite=selection.name,
            experiment=selection.experiments,
        ),


rule groups:
    input:
        expand(
            "<artifacts>/{dataset}/runs/{experiment}/{seed}/predictions.h5",
            seed=selection.seeds,
            allow_missing=True,
        ),
    output:
        kept(f"<artifacts>/{{dataset}}/groups/{selection.name}/{{experiment}}.csv"),
    log:
        f"<artifacts>/{{dataset}}/logs/groups-{selection.name}-{{experiment}}.log",
    localrule: True
    conda:
        "../envs/scrawl.yaml"
    params:
        **code_and_failures("groups"),
        runs=lambda wildcards, input: folders(input),
    shell:
        "scrawl groups --runs {params.runs:q} --table {output:q} > {log:q} 2>&1"
