"""One training run: set up, watched, resumed and accounted for.

- `setup`: random streams, augmentation and optimiser from the settings
- `run`: a run trained and watched from its first to its last epoch
- `examples`: the training and validation examples that a run uses
- `checkpoint`: checkpoints on disk, and resuming from them
- `history`: the table of a run's epochs
- `cost`: processor time and memory that a run used
- `environment`: machine and library versions that results may depend on
- `workers`: threads and processes that share a run's arithmetic
"""
