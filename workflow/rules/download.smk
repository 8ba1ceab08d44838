# artifacts/{dataset}/raw/{train,test}-{images,labels}.idx.gz, of some datasets {train,test}-groups.idx.gz
#   from the first of the dataset's sources that has it, bytes as published
#
# Local rules: compute nodes often reach no network.
from scrawl.pipeline.local_sources import watched


rule downloaded:
    input:
        [raw_files(dataset).values() for dataset in selection.datasets],


rule download:
    input:
        # Most datasets come in none.
        archive=lambda wildcards: [
            f"<artifacts>/archives/{name}"
            for name in [configuration.archive(wildcards.dataset)]
            if name
        ],
    output:
        kept("<artifacts>/{dataset}/raw/{part}.idx{compression}"),
    log:
        "<artifacts>/{dataset}/logs/download-{part}{compression}.log",
    wildcard_constraints:
        dataset=rf"(?!(?:{DEFORMED})/)[A-Za-z0-9_.-]+",
        part="|".join([*PARTS, "train-groups", "test-groups"]),
        compression=r"(\.gz|\.xz)?",
    localrule: True
    conda:
        "../envs/scrawl.yaml"
    params:
        **code_and_failures("download"),
        source=lambda wildcards: watched(
            configuration.published(wildcards.dataset, wildcards.part),
            ARTIFACTS / f"{wildcards.dataset}/raw/{wildcards.part}.idx{wildcards.compression}",
        ),
        settings=lambda wildcards: configuration.published(
            wildcards.dataset, wildcards.part, archives=str(ARTIFACTS / "archives")
        ),
    shell:
        "scrawl download --settings {params.settings:q} --output {output:q} > {log:q} 2>&1"


rule download_archive:
    output:
        kept("<artifacts>/archives/{archive}"),
    log:
        "<artifacts>/archives/logs/{archive}.log",
    wildcard_constraints:
        archive="[^/]+",
    localrule: True
    conda:
        "../envs/scrawl.yaml"
    params:
        **code_and_failures("download"),
        source=lambda wildcards: watched(
            configuration.published_archive(wildcards.archive),
            ARTIFACTS / "archives" / wildcards.archive,
        ),
        settings=lambda wildcards: configuration.published_archive(wildcards.archive),
    shell:
        "scrawl download --settings {params.settings:q} --output {output:q} > {log:q} 2>&1"
