# everything above  →  artifacts/{dataset}/report.html
#   one page that opens offline: the runs of the suite side by side, and each by itself
from scrawl.pipeline.provenance import data_of


localrules:
    reported,
    report,


rule reported:
    input:
        rules.plotted.input,
        rules.drawn.input,
        per_dataset("<artifacts>/{dataset}/report.html"),


rule report:
    input:
        data=lambda wildcards: sorted(
            {prepared_as(name, wildcards.dataset) for name in selection.experiments}
        ),
        runs=per_run(
            "<artifacts>/{dataset}/runs/{experiment}/{seed}/metrics.json",
            datasets="{dataset}",
        ),
        # Read beside the metrics: from a bucket, only files named here are fetched.
        answers=per_run(
            "<artifacts>/{dataset}/runs/{experiment}/{seed}/predictions.h5",
            datasets="{dataset}",
        ),
        networks=[
            path
            for file in ("model.h5", "history.csv", "environment.json", "cost.json")
            for path in per_network(
                f"<artifacts>/{{dataset}}/runs/{{experiment}}/{{seed}}/{file}",
                datasets="{dataset}",
            )
        ],
    output:
        kept(
            report(
                "<artifacts>/{dataset}/report.html",
                caption="../report/report.rst",
                category="{dataset}",
                labels={"figure": "everything on one page"},
            )
        ),
    log:
        "<artifacts>/{dataset}/logs/report.log",
    conda:
        "../envs/scrawl.yaml"
    params:
        **code_and_failures("report"),
        **named(data_of("pages/report")),
        **named(data_of("pages/draw")),
        runs=lambda wildcards, input: folders(input.runs),
    shell:
        "scrawl report --title {wildcards.dataset} --data {input.data:q} --runs {params.runs:q}"
        " --output {output:q} > {log:q} 2>&1"
