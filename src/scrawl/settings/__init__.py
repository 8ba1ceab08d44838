"""Settings: config.yaml, checked once and turned into typed values.

Each setting is stated once, as a field of a dataclass: its type, range, default and description.
docs/configuration.md is written from them.

- `configuration`: the checked configuration
- `run_files`: files of datasets and runs, as rules name them
- `selection`: selections of runs, and the name of their report
- `sections`: the sections of a configuration
- `experiment`: settings of networks and their training
- `evaluation`: settings of evaluation
- `recipe`: settings of an experiment and of its evaluation
- `normalisation`: the ways in which pixels become inputs
- `own_code`: users' own code, as settings name it
- `arithmetic`, `processor`: portable arithmetic, and the processor that it needs
- `ensemble`: settings of ensembles
- `sweeps`: settings of sweeps: experiments sampled from a space of settings
- `dataset`: settings of a dataset's preparation or deformation
- `dataset_files`: settings of a dataset's files
- `configuration_files`: files and command line merged, with the line of every value
- `yaml_files`: YAML files, with the line of every mistake
- `parsing`: strict parsing of settings into dataclasses, canonical text
- `constraints`: ranges, names and other constraints on values
- `untrusted_text`: text from elsewhere, made safe to print
- `errors`: mistakes and their messages
- `references`: unknown names and contradictions between sections
- `documentation`: the reference of all settings
- `json_text`: JSON as text
"""
