"""One training run: set up, observed, resumed and measured.

- `setup`: set-up from the settings: random streams, trainer, augmentation, optimiser
- `run`: a run from its first to its last epoch
- `examples`: training and validation examples
- `answers`: answers of a trained network, to images seen once or in several views
- `checkpoint`: checkpoints on disk, and resuming from them
- `history`: the table of a run's epochs
- `cost`: processor time and memory that a run used
- `environment`: machine and library versions that results may depend on
- `snapshots`: weights of a small network at a few points of its training
- `own_check`: checks of users' own code before it trains
- `replay`: the updates of a finished run, made again
- `workers`: worker threads and processes, started only where there is more than one thread
- `sharing`: the threads and processes themselves
"""
