# Experiments and measurements that answer the originals' open questions: the suites `questions` and
# `ladder`.
#
# artifacts/{dataset}/prepared/unit.h5  →  artifacts/{dataset}/measurements/{measurement}.json
# runs of both suites, and the measurements
#   →  artifacts/{dataset}/questions/  answers.json, ladder.csv, 01.png … 10.svg
#      artifacts/{dataset}/questions.md
# docs/questions.md and the pictures in docs/questions/ are copies of those on MNIST (`make docs`).
QUESTION_FIGURES = [f"{number:02d}" for number in range(1, 11)]
LOOP = "artifacts/benchmarks/loop_against_vectorised.json"
# The measurements, each with the experiments that it looks at.
MEASURED = {
    "ceiling": [],
    "rates": ["q2-constant", "q2-falling"],
    "seconds": [f"q5-batch-{size}" for size in (10, 100, 1000, 10000, 60000)],
    "order": ["q6-file-order", "q6-shuffled", "q6-falling-rate", "q6-averaged"],
    "sigmoid": [
        "q7-unit-variance",
        "q3-original",
        "q3-divided-by-255",
        "q3-sound-weights",
        "q3-both",
    ],
    "range": ["q6-file-order"],
}
# The folders of the runs.
EVIDENCE = [
    f"<artifacts>/{{dataset}}/runs/{experiment}/{seed}"
    for suite in (configuration.suites["questions"], configuration.suites["ladder"])
    for experiment in suite.experiments
    for seed in suite.seeds
]


rule questioned:
    input:
        per_dataset("<artifacts>/{dataset}/questions.md"),


rule measure:
    input:
        "<artifacts>/{dataset}/prepared/unit.h5",
    output:
        kept("<artifacts>/{dataset}/measurements/{measurement}.json"),
    log:
        "<artifacts>/{dataset}/logs/measure-{measurement}.log",
    wildcard_constraints:
        measurement="|".join(MEASURED),
    conda:
        "../../envs/scrawl.yaml"
    threads: 1
    resources:
        mem_mb=memory,
        # Each trains several networks.
        runtime=60,
    params:
        **code_and_failures("measure"),
        settings=lambda wildcards: configuration.runs(MEASURED[wildcards.measurement]),
        seeds=configuration.suites["questions"].seeds,
    shell:
        "scrawl measure {wildcards.measurement} --settings {params.settings:q}"
        " --seeds {params.seeds} --data {input:q} --output {output:q} > {log:q} 2>&1"


rule questions:
    input:
        runs=[f"{run}/metrics.json" for run in EVIDENCE],
        # Read beside the metrics: from a bucket, only files named here are fetched.
        beside=[f"{run}/{file}" for file in ("history.csv", "predictions.h5") for run in EVIDENCE],
        measurements=expand(
            "<artifacts>/{dataset}/measurements/{measurement}.json",
            measurement=MEASURED,
            allow_missing=True,
        ),
        # Made by hand on a quiet machine; without it one question stays open.
        loop=[local(LOOP)] if Path(LOOP).exists() else [],
    output:
        kept("<artifacts>/{dataset}/questions.md"),
        kept("<artifacts>/{dataset}/questions/answers.json"),
        kept("<artifacts>/{dataset}/questions/ladder.csv"),
        kept(
            expand(
                "<artifacts>/{dataset}/questions/{figure}.{format}",
                figure=QUESTION_FIGURES,
                format=["png", "svg"],
                allow_missing=True,
            )
        ),
    log:
        "<artifacts>/{dataset}/logs/questions.log",
    localrule: True
    conda:
        "../../envs/scrawl.yaml"
    params:
        **code_and_failures("questions"),
        runs=lambda wildcards, input: folders(input.runs),
        loop=lambda wildcards, input: f"--loop {input.loop}" if input.loop else "",
        folder=lambda wildcards, output: str(Path(output[1]).parent),
    shell:
        "scrawl questions --runs {params.runs:q} --measurements {input.measurements:q}"
        " {params.loop} --folder {params.folder:q} > {log:q} 2>&1"
