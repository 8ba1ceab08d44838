# everything above  →  artifacts/{dataset}/reports/{suite}.html
#   one page that opens offline: the runs of the suite side by side, and each by itself. Other
#   experiments or seeds than the suite's have a report of their own: {suite}+{experiments}@{seeds}
from scrawl.pipeline.provenance import data_of


rule reported:
    input:
        rules.plotted.input,
        rules.grouped.input,
        rules.drawn.input,
        per_dataset("<artifacts>/{dataset}/index.html"),
        per_dataset(f"<artifacts>/{{dataset}}/reports/{selection.name}.html"),


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
        # Of runs that are evaluated on other datasets, too.
        transfers=lambda wildcards: [
            path
            for file in ("metrics.json", "predictions.h5")
            for path in transfers(wildcards.dataset, file)
        ],
        # Of a suite whose runs are asked for under corruptions, too.
        corruptions=(
            per_run(
                "<artifacts>/{dataset}/runs/{experiment}/{seed}/corruptions.json",
                datasets="{dataset}",
            )
            if selection.target == "corrupted"
            else []
        ),
    output:
        kept(
            report(
                f"<artifacts>/{{dataset}}/reports/{selection.name}.html",
                caption="../report/report.rst",
                category="{dataset}",
                labels={"figure": "everything on one page"},
            )
        ),
    log:
        f"<artifacts>/{{dataset}}/logs/report-{selection.name}.log",
    localrule: True
    conda:
        "../envs/scrawl.yaml"
    params:
        **code_and_failures("report"),
        **named(data_of("pages/report")),
        **named(data_of("pages/draw")),
        runs=lambda wildcards, input: folders(input.runs),
        name=selection.name,
        corruptions="--corruptions" * (selection.target == "corrupted"),
        mistakes=lambda wildcards: "--mistakes" * len(page_of_mistakes(wildcards)),
        elsewhere=lambda wildcards: [
            word for other in others_of(wildcards.dataset) for word in ("--on", other)
        ],
        command=f"snakemake --cores all --config {selection.asked}"
        + f" evaluated_on={','.join(configuration.evaluated_on)}"
        * bool(configuration.evaluated_on),
    shell:
        "scrawl report --title {wildcards.dataset} --name {params.name}"
        " --command '{params.command} dataset={wildcards.dataset}' --data {input.data:q}"
        " --runs {params.runs:q} {params.corruptions} {params.mistakes} {params.elsewhere:q}"
        " --output {output:q} > {log:q} 2>&1"
