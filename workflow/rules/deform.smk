# artifacts/{original}/raw/*  →  artifacts/{dataset}/raw/{train,test}-{images,labels}.idx
#   random deformations of another dataset's training images, and its test images unchanged


rule deform:
    input:
        unpack(lambda wildcards: raw_files(configuration.deformed[wildcards.dataset])),
    output:
        kept("<artifacts>/{dataset}/raw/train-images.idx"),
        kept("<artifacts>/{dataset}/raw/train-labels.idx"),
        kept("<artifacts>/{dataset}/raw/test-images.idx"),
        kept("<artifacts>/{dataset}/raw/test-labels.idx"),
    log:
        "<artifacts>/{dataset}/logs/deform.log",
    benchmark:
        "<artifacts>/{dataset}/benchmarks/deform.tsv"
    wildcard_constraints:
        dataset=DEFORMED,
    conda:
        "../envs/scrawl.yaml"
    # One thread writes to the disk: more than four do not help.
    threads: 4
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        **code_and_failures("deform"),
        folder=lambda wildcards, output: Path(output[0]).parent,
        settings=lambda wildcards: configuration.deformation(wildcards.dataset).canonical(),
    shell:
        "scrawl deform --settings {params.settings:q}"
        " --train-images {input.train_images:q} --train-labels {input.train_labels:q}"
        " --test-images {input.test_images:q} --test-labels {input.test_labels:q}"
        " --output {params.folder:q} --threads {threads} > {log:q} 2>&1"
