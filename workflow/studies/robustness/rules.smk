# Robustness to corruptions of the test images: the suite `robustness`, or `snakemake corrupted` for
# the runs of any other.
#
# of every run asked for, artifacts/{dataset}/runs/{experiment}/{seed}/corruptions.json
#   →  artifacts/{dataset}/robustness/{suite}/table.csv and .json, curves.png and .svg,
#      images.png and .svg


rule corrupted:
    input:
        per_dataset(f"<artifacts>/{{dataset}}/robustness/{selection.name}/table.csv"),
        rules.reported.input if selection.target == "corrupted" else [],


rule robustness:
    input:
        data=prepared_as(selection.experiments[0]),
        runs=per_run(
            "<artifacts>/{dataset}/runs/{experiment}/{seed}/corruptions.json",
            datasets="{dataset}",
        ),
    output:
        kept(
            multiext(
                f"<artifacts>/{{dataset}}/robustness/{selection.name}/",
                "table.csv",
                "table.json",
                "curves.png",
                "curves.svg",
                "images.png",
                "images.svg",
            )
        ),
    log:
        f"<artifacts>/{{dataset}}/logs/robustness-{selection.name}.log",
    localrule: True
    conda:
        "../../envs/scrawl.yaml"
    params:
        **code_and_failures("robustness"),
        runs=lambda wildcards, input: folders(input.runs),
        folder=lambda wildcards, output: folders(output)[0],
    shell:
        "scrawl robustness --data {input.data:q} --runs {params.runs:q}"
        " --folder {params.folder:q} > {log:q} 2>&1"
