# every finished run, report and drawing page of a dataset  →  artifacts/{dataset}/index.html
#   what lies in the folder, of whatever suite: made again whenever a report or drawing page is


rule index:
    input:
        report=f"<artifacts>/{{dataset}}/reports/{selection.name}.html",
        drawing=f"<artifacts>/{{dataset}}/draw/{selection.name}.html",
        mistakes=page_of_mistakes,
        # In a bucket, only files named here are fetched.
        runs=per_run(
            "<artifacts>/{dataset}/runs/{experiment}/{seed}/metrics.json",
            datasets="{dataset}",
        ),
        costs=per_network(
            "<artifacts>/{dataset}/runs/{experiment}/{seed}/cost.json", datasets="{dataset}"
        ),
    output:
        kept("<artifacts>/{dataset}/index.html"),
    log:
        "<artifacts>/{dataset}/logs/index.log",
    localrule: True
    conda:
        "../envs/scrawl.yaml"
    params:
        **code_and_failures("index"),
        **named(data_of("pages/report")),
        folder=lambda wildcards, output: Path(output[0]).parent,
    shell:
        "scrawl index --title {wildcards.dataset} --folder {params.folder:q} --output {output:q}"
        " > {log:q} 2>&1"
