"""Additions to Snakemake: code digests, recovery after kills, a live view.

- `provenance`: digests of the code that a stage depends on
- `attempts`: failed jobs, counted, so that the next run repeats them
- `sources`: local sources of raw files, watched for changes
- `recovery`: locks and orphaned jobs after a kill
- `snakemake_patches`: replaced methods of Snakemake, for speed
- `live_view`: the progress of a run on a terminal
"""
