# everything above  →  artifacts/{dataset}/figures/*.png and .svg, named as the report is
#   samples             the first images with their labels
#   classes             images of each class
#   {suite}/curves      loss and accuracy by epoch, of every network trained
#   {suite}/accuracy    test accuracy of every run asked for
#   {suite}/{experiment}/augmented   training images before and after augmentation
#   {suite}/{experiment}/confusion   confusion matrix, mean of the seeds
#   {suite}/{experiment}/mistakes    the most confident mistakes, of the first seed
#   {suite}/{experiment}/weights     the filters of the first convolution, of the first seed
#   {suite}/{experiment}/features    feature maps: responses of the filters, of the first seed
#   {suite}/{experiment}/groups      accuracy on each group of images, where a dataset names them
#
# Local rules: a second each, from small files, is not worth a place in a queue.

FIGURES = ["curves", "accuracy"]
FIGURES += expand(
    "{experiment}/{figure}", experiment=selection.experiments, figure=["confusion", "mistakes"]
)
for name in TRAINED:
    run = configuration.run(name, 0)
    FIGURES += [f"{name}/weights"] * bool(run.filters)
    # With layers of the user's own, a network answers only where their code is named.
    FIGURES += [f"{name}/features"] * bool(run.filters and not run.answers_by_own)
    FIGURES += [f"{name}/augmented"] * bool(run.distortions)
FIGURES = ["samples", "classes", *(f"{selection.name}/{name}" for name in FIGURES)]

# An experiment's place decides its colour. It is the same as in the figure of accuracies and in the
# report, for those that are mere members of ensembles, and only in the learning curves, come last.
ORDER = [*selection.experiments, *TRAINED]


rule plotted:
    input:
        expand(
            "<artifacts>/{dataset}/figures/{figure}.{format}",
            dataset=selection.datasets,
            figure=FIGURES,
            format=["png", "svg"],
        ),
        expand(
            "<artifacts>/{dataset}/figures/{suite}/{experiment}/groups.{format}",
            dataset=GROUPED,
            suite=selection.name,
            experiment=selection.experiments,
            format=["png", "svg"],
        ),


rule plot_images:
    input:
        # Any prepared form will do: one that is made anyway.
        prepared_as(selection.experiments[0]),
    output:
        figure("<artifacts>/{dataset}/figures/{figure}", "images", figure="{figure}"),
    log:
        "<artifacts>/{dataset}/logs/plot-{figure}.log",
    wildcard_constraints:
        figure="samples|classes",
    localrule: True
    conda:
        "../envs/scrawl.yaml"
    params:
        **code_and_failures("plot"),
    shell:
        "scrawl plot {wildcards.figure} --data {input:q} --output {output:q} > {log:q} 2>&1"


rule plot_augmented:
    input:
        lambda wildcards: prepared_as(wildcards.experiment),
    output:
        figure(
            f"<artifacts>/{{dataset}}/figures/{selection.name}/{{experiment}}/augmented",
            "augmented",
            figure="augmented",
            experiment="{experiment}",
        ),
    log:
        f"<artifacts>/{{dataset}}/logs/plot-augmented-{selection.name}-{{experiment}}.log",
    localrule: True
    conda:
        "../envs/scrawl.yaml"
    params:
        **code_and_failures("plot"),
        settings=lambda wildcards: configuration.run(
            wildcards.experiment, selection.seeds[0]
        ).canonical(),
    shell:
        "scrawl plot augmented --settings {params.settings:q} --data {input:q} --output {output:q}"
        " > {log:q} 2>&1"


rule plot_curves:
    input:
        per_network(
            "<artifacts>/{dataset}/runs/{experiment}/{seed}/history.csv",
            datasets="{dataset}",
        ),
    output:
        figure(
            f"<artifacts>/{{dataset}}/figures/{selection.name}/curves", "curves", figure="curves"
        ),
    log:
        f"<artifacts>/{{dataset}}/logs/plot-curves-{selection.name}.log",
    localrule: True
    conda:
        "../envs/scrawl.yaml"
    params:
        **code_and_failures("plot"),
        runs=lambda wildcards, input: sorted(
            folders(input), key=lambda run: ORDER.index(Path(run).parent.name)
        ),
    shell:
        "scrawl plot curves --runs {params.runs:q} --output {output:q} > {log:q} 2>&1"


rule plot_accuracy:
    input:
        per_run(
            "<artifacts>/{dataset}/runs/{experiment}/{seed}/metrics.json",
            datasets="{dataset}",
        ),
    output:
        figure(
            f"<artifacts>/{{dataset}}/figures/{selection.name}/accuracy",
            "accuracy",
            figure="accuracy",
        ),
    log:
        f"<artifacts>/{{dataset}}/logs/plot-accuracy-{selection.name}.log",
    localrule: True
    conda:
        "../envs/scrawl.yaml"
    params:
        **code_and_failures("plot"),
        runs=lambda wildcards, input: folders(input),
    shell:
        "scrawl plot accuracy --runs {params.runs:q} --output {output:q} > {log:q} 2>&1"


rule plot_confusion:
    input:
        expand(
            "<artifacts>/{dataset}/runs/{experiment}/{seed}/predictions.h5",
            seed=selection.seeds,
            allow_missing=True,
        ),
    output:
        figure(
            f"<artifacts>/{{dataset}}/figures/{selection.name}/{{experiment}}/confusion",
            "confusion",
            figure="confusion",
            experiment="{experiment}",
        ),
    log:
        f"<artifacts>/{{dataset}}/logs/plot-confusion-{selection.name}-{{experiment}}.log",
    localrule: True
    conda:
        "../envs/scrawl.yaml"
    params:
        **code_and_failures("plot"),
        runs=lambda wildcards, input: folders(input),
    shell:
        "scrawl plot confusion --runs {params.runs:q} --output {output:q} > {log:q} 2>&1"


rule plot_groups:
    input:
        expand(
            "<artifacts>/{dataset}/runs/{experiment}/{seed}/predictions.h5",
            seed=selection.seeds,
            allow_missing=True,
        ),
    output:
        figure(
            f"<artifacts>/{{dataset}}/figures/{selection.name}/{{experiment}}/groups",
            "groups",
            figure="groups",
            experiment="{experiment}",
        ),
    log:
        f"<artifacts>/{{dataset}}/logs/plot-groups-{selection.name}-{{experiment}}.log",
    localrule: True
    conda:
        "../envs/scrawl.yaml"
    params:
        **code_and_failures("plot"),
        runs=lambda wildcards, input: folders(input),
    shell:
        "scrawl plot groups --runs {params.runs:q} --output {output:q} > {log:q} 2>&1"


rule plot_mistakes:
    input:
        data=lambda wildcards: prepared_as(wildcards.experiment),
        predictions=f"<artifacts>/{{dataset}}/runs/{{experiment}}/{selection.seeds[0]}/predictions.h5",
    output:
        figure(
            f"<artifacts>/{{dataset}}/figures/{selection.name}/{{experiment}}/mistakes",
            "mistakes",
            figure="mistakes",
            experiment="{experiment}",
        ),
    log:
        f"<artifacts>/{{dataset}}/logs/plot-mistakes-{selection.name}-{{experiment}}.log",
    localrule: True
    conda:
        "../envs/scrawl.yaml"
    params:
        **code_and_failures("plot"),
        runs=lambda wildcards, input: folders([input.predictions]),
    shell:
        "scrawl plot mistakes --data {input.data:q} --runs {params.runs:q} --output {output:q}"
        " > {log:q} 2>&1"


rule plot_weights:
    input:
        f"<artifacts>/{{dataset}}/runs/{{experiment}}/{selection.seeds[0]}/model.h5",
    output:
        figure(
            f"<artifacts>/{{dataset}}/figures/{selection.name}/{{experiment}}/weights",
            "weights",
            figure="weights",
            experiment="{experiment}",
        ),
    log:
        f"<artifacts>/{{dataset}}/logs/plot-weights-{selection.name}-{{experiment}}.log",
    localrule: True
    conda:
        "../envs/scrawl.yaml"
    params:
        **code_and_failures("plot"),
        runs=lambda wildcards, input: folders(input),
    shell:
        "scrawl plot weights --runs {params.runs:q} --output {output:q} > {log:q} 2>&1"


rule plot_features:
    input:
        data=lambda wildcards: prepared_as(wildcards.experiment),
        model=f"<artifacts>/{{dataset}}/runs/{{experiment}}/{selection.seeds[0]}/model.h5",
    output:
        figure(
            f"<artifacts>/{{dataset}}/figures/{selection.name}/{{experiment}}/features",
            "features",
            figure="features",
            experiment="{experiment}",
        ),
    log:
        f"<artifacts>/{{dataset}}/logs/plot-features-{selection.name}-{{experiment}}.log",
    localrule: True
    conda:
        "../envs/scrawl.yaml"
    params:
        **code_and_failures("plot"),
        runs=lambda wildcards, input: folders([input.model]),
    shell:
        "scrawl plot features --data {input.data:q} --runs {params.runs:q} --output {output:q}"
        " > {log:q} 2>&1"
