# artifacts/{dataset}/raw/*.idx.gz  →  artifacts/{dataset}/decoded.h5


rule decoded:
    input:
        per_dataset("<artifacts>/{dataset}/decoded.h5"),


rule decode:
    input:
        unpack(lambda wildcards: raw_files(wildcards.dataset)),
    output:
        kept("<artifacts>/{dataset}/decoded.h5"),
    log:
        "<artifacts>/{dataset}/logs/decode.log",
    cache: CACHED
    conda:
        "../envs/scrawl.yaml"
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        **code_and_failures("decode"),
        groups=lambda wildcards, input: [
            word
            for part in configuration.dataset(wildcards.dataset).groups
            for word in (f"--{part}", input[part.replace("-", "_")])
        ],
        rows=lambda wildcards: configuration.dataset(wildcards.dataset).rows,
    shell:
        "scrawl decode"
        " --train-images {input.train_images:q} --train-labels {input.train_labels:q}"
        " --test-images {input.test_images:q} --test-labels {input.test_labels:q}"
        " {params.groups:q} {params.rows:q} --output {output:q} > {log:q} 2>&1"
