# the mistakes of every experiment, all answers and doubts  →  artifacts/{dataset}/mistakes/{suite}.html
#   one page that opens offline: snakemake --cores 4 explained
from scrawl.pipeline.provenance import data_of


rule explained:
    input:
        per_dataset(f"<artifacts>/{{dataset}}/mistakes/{selection.name}.html"),
        # The page links to both.
        per_dataset(f"<artifacts>/{{dataset}}/reports/{selection.name}.html"),
        per_dataset("<artifacts>/{dataset}/index.html"),


rule explain:
    input:
        data=prepared_as(selection.experiments[0]),
        runs=per_run(
            "<artifacts>/{dataset}/runs/{experiment}/{seed}/predictions.h5",
            datasets="{dataset}",
        ),
        mistakes=expand(
            f"<artifacts>/{{dataset}}/mistakes/{selection.name}/{{experiment}}.h5",
            experiment=selection.experiments,
            allow_missing=True,
        ),
        doubts=prepared_as(selection.experiments[0])
        .replace("prepared", "doubts")
        .replace(".h5", ".csv"),
    output:
        kept(f"<artifacts>/{{dataset}}/mistakes/{selection.name}.html"),
    log:
        f"<artifacts>/{{dataset}}/logs/explain-{selection.name}.log",
    localrule: True
    conda:
        "../envs/scrawl.yaml"
    params:
        **code_and_failures("explain"),
        **named(data_of("pages/report")),
        runs=lambda wildcards, input: folders(input.runs),
        name=selection.name,
        disputed=lambda wildcards: [
            word
            for disputed in [configuration.dataset(wildcards.dataset).disputed]
            if disputed
            for word in ("--disputed", disputed.canonical())
        ],
    shell:
        "scrawl explain --title {wildcards.dataset} --name {params.name} --data {input.data:q}"
        " --runs {params.runs:q} --mistakes {input.mistakes:q} --doubts {input.doubts:q}"
        " {params.disputed:q} --output {output:q} > {log:q} 2>&1"
