# artifacts/{dataset}/prepared/unit.h5  →  artifacts/{dataset}/measurements/{measurement}.json
#   what the open questions need beside trained networks, of the experiments named here
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


rule measure:
    input:
        "artifacts/{dataset}/prepared/unit.h5",
    output:
        kept("artifacts/{dataset}/measurements/{measurement}.json"),
    log:
        "artifacts/{dataset}/logs/measure-{measurement}.log",
    wildcard_constraints:
        measurement="|".join(MEASURED),
    conda:
        "../envs/scrawl.yaml"
    threads: 1
    resources:
        mem_mb=memory,
        # Each trains several networks.
        runtime=60,
    params:
        *code_and_failures("measure"),
        settings=lambda wildcards: configuration.runs(MEASURED[wildcards.measurement]),
        seeds=suite_named("questions").seeds,
    shell:
        "scrawl measure {wildcards.measurement} --settings {params.settings:q}"
        " --seeds {params.seeds} --data {input} --output {output} > {log} 2>&1"
