"""One training run: set up, observed, resumed and measured.

- `setup`: set-up from the settings: random streams, trainer, augmentation, optimiser
- `run`: a run from its first to its last epoch
- `examples`: training and validation examples
- `checkpoint`: checkpoints on disk, and resuming from them
- `history`: the table of a run's epochs
- `cost`: processor time and memory that a run used
- `environment`: machine and library versions that results may depend on
- `workers`: worker threads and processes
"""
