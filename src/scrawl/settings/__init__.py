"""The configuration: config.yaml, checked once and turned into typed settings.

- `configuration`: the checked configuration and the selection of runs in it
- `experiment`: settings of training, evaluation and ensembles
- `dataset`: settings of a dataset's preparation or deformation
- `sweeps`: sweeps: experiments sampled from a space of settings
- `parsing`: strict parsing of settings into dataclasses, canonical JSON
- `schema_errors`: messages for errors that the JSON schema finds
- `references`: checks of names and contradictions that a schema cannot express
- `yaml_files`: YAML files, with the line of every mistake
"""
