# artifacts/{dataset}/prepared/{normalisation}.h5  →  artifacts/{dataset}/doubts/{normalisation}.csv
#   the images that look mislabelled, and those that are in both the training and the test set


rule doubts:
    input:
        "<artifacts>/{dataset}/prepared/{normalisation}.h5",
    output:
        kept("<artifacts>/{dataset}/doubts/{normalisation}.csv"),
    log:
        "<artifacts>/{dataset}/logs/doubts-{normalisation}.log",
    conda:
        "../envs/scrawl.yaml"
    resources:
        mem_mb=memory,
        # Ten times what it takes.
        runtime=lambda wildcards, input, attempt: attempt * round(10 + input.size_mb / 50),
    params:
        **code_and_failures("doubts"),
    shell:
        "scrawl doubts --data {input:q} --table {output:q} > {log:q} 2>&1"
