# runs of the suites `questions` and `ladder`, and artifacts/{dataset}/measurements/*.json
#   →  artifacts/{dataset}/questions/  answers.json, ladder.csv, 01.png … 10.svg
#      artifacts/{dataset}/questions.md
# docs/questions.md and the pictures in docs/questions/ are copies of those on MNIST (`make docs`).
QUESTION_FIGURES = [f"{number:02d}" for number in range(1, 11)]
LOOP = "artifacts/benchmarks/loop_against_vectorised.json"


localrules:
    questioned,
    questions,


rule questioned:
    input:
        per_dataset("artifacts/{dataset}/questions.md"),


rule questions:
    input:
        runs=evidence("artifacts/{dataset}/runs/{experiment}/{seed}/metrics.json"),
        # Read beside the metrics: from a bucket, only what is named here is fetched.
        beside=evidence("artifacts/{dataset}/runs/{experiment}/{seed}/history.csv")
        + evidence("artifacts/{dataset}/runs/{experiment}/{seed}/predictions.h5"),
        measurements=expand(
            "artifacts/{dataset}/measurements/{measurement}.json",
            measurement=MEASURED,
            allow_missing=True,
        ),
        # Made by hand, for it takes a quiet machine; without it one question stays open.
        loop=[local(LOOP)] if Path(LOOP).exists() else [],
    output:
        kept("artifacts/{dataset}/questions.md"),
        kept("artifacts/{dataset}/questions/answers.json"),
        kept("artifacts/{dataset}/questions/ladder.csv"),
        kept(
            expand(
                "artifacts/{dataset}/questions/{figure}.{format}",
                figure=QUESTION_FIGURES,
                format=["png", "svg"],
                allow_missing=True,
            )
        ),
    log:
        "artifacts/{dataset}/logs/questions.log",
    conda:
        "../envs/scrawl.yaml"
    params:
        *code_and_failures("questions"),
        runs=lambda wildcards, input: folders(input.runs),
        loop=lambda wildcards, input: f"--loop {input.loop}" if input.loop else "",
        folder=lambda wildcards, output: str(Path(output[1]).parent),
    shell:
        "scrawl questions --runs {params.runs} --measurements {input.measurements}"
        " {params.loop} --folder {params.folder} > {log} 2>&1"
