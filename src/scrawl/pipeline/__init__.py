"""Additions to Snakemake: code digests, recovery after kills, a live view.

- `provenance`: code digests, which decide what runs again
- `module_facts`: digest and imports of a module, kept beside its compiled form
- `parameters`: the parameters that jobs are compared by
- `attempts`: failed jobs, counted, so that the next run repeats them
- `local_sources`: local sources of raw files, watched for changes
- `session`, `shell`: the start of a run, and the shell of its jobs
- `recovery`: locks and orphaned jobs after a kill
- `interruption`: words for Ctrl-C, in place of Snakemake's errors
- `targets`: the nearest rule to a misspelt target
- `refusals`: mistakes in the configuration, said without lines of the rules
- `snakemake_patches`: replaced methods of Snakemake, for speed
- `storage`: what a job itself stores in the bucket of the artifacts
- `shared_cache`: results shared between checkouts by Snakemake's cache
- `workflow_files`: the location of the workflow's files
- `commands`: the commands of `scrawl`, with purpose and example
- `colours`: colours on terminals
- `streams`: standard output in any encoding
- `progress`: the state of a run: stages, jobs, finished runs
- `live_view`, `plain_lines`: the progress of a run on a terminal, and in a file or pipe
"""
