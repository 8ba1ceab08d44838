# What a job asks a cluster for, and counts for with `--resources mem_mb=…` on one machine; each new
# attempt asks for more.


def is_bytes(wildcards):
    """Tell whether a dataset's images are stored as bytes."""
    return configuration.dataset(wildcards.dataset).stored_as == "uint8"


# No stage was seen to take more than twice its input and 60 MB, and the two processes of Snakemake
# around a job elsewhere take 150 MB each. Images stored as bytes are not held in memory: of eight
# million, no stage took more than 400 MB.
def memory(wildcards, input, attempt):
    """Return megabytes for a stage, from the size of its input."""
    return attempt * (1024 if is_bytes(wildcards) else round(500 + 4 * input.size_mb))


def minutes(wildcards, attempt):
    """Return minutes for a stage that reads and writes: it takes seconds."""
    return attempt * 10


def minutes_of_training(wildcards, input, attempt):
    """Return minutes for a run: six times what convolutions take on one core, and ten more."""
    epochs = configuration.run(wildcards.experiment, wildcards.seed).epochs
    as_float32 = input.size_mb * (4 if is_bytes(wildcards) else 1)
    return attempt * round(10 + epochs * as_float32 / 500)
