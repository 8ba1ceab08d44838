# artifacts/{dataset}/prepared/{normalisation}.h5 and runs/{experiment}/{seed}/{model,snapshots}.h5
#   →  artifacts/{dataset}/draw/{suite}.html
#   the page to draw digits on: every experiment asked for, with its first random seed
from scrawl.pipeline.provenance import data_of


rule drawn:
    input:
        per_dataset(f"<artifacts>/{{dataset}}/draw/{selection.name}.html"),


rule draw:
    input:
        # Any prepared form will do: pixels are computed from it again.
        data=prepared_as(TRAINED[0]),
        models=expand(
            f"<artifacts>/{{dataset}}/runs/{{experiment}}/{selection.seeds[0]}/model.h5",
            experiment=TRAINED,
            allow_missing=True,
        ),
        # Found beside the models.
        snapshots=expand(
            f"<artifacts>/{{dataset}}/runs/{{experiment}}/{selection.seeds[0]}/snapshots.h5",
            experiment=TRAINED,
            allow_missing=True,
        ),
    output:
        kept(f"<artifacts>/{{dataset}}/draw/{selection.name}.html"),
    log:
        f"<artifacts>/{{dataset}}/logs/draw-{selection.name}.log",
    localrule: True
    conda:
        "../envs/scrawl.yaml"
    params:
        **code_and_failures("draw"),
        **named(data_of("pages/draw")),
        runs=lambda wildcards, input: folders(input.models),
    shell:
        "scrawl draw --data {input.data:q} --runs {params.runs:q} --output {output:q} > {log:q} 2>&1"
