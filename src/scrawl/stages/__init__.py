"""The chain: one module for each stage, which reads files, computes and writes files.

- `download`: one raw file, from the first source that has it
- `deform`: a large dataset of deformed copies of another's images
- `decode`: raw IDX files to HDF5
- `prepare`: normalised images, one-hot labels, a validation split
- `train`: one network from one experiment and one random seed
- `snapshots`: weights of a small network at a few points of its training
- `evaluate`: scores of a network on test or validation images
- `corrupt`: scores of a network, or of several together, on corrupted test images
- `transfer`: scores of a network on another dataset
- `ensemble`: averaged predictions of several networks, and their scores
- `sweep`: the points of a sweep, ranked by validation
- `groups`: accuracy on each group of images, such as each writer
- `doubts`: images that look mislabelled, or are in both training and test set
- `mistakes`: an experiment's mistakes, and what explains them
- `explain`: the page of mistakes
- `plot`: the figures
- `draw`: the drawing page
- `report`: the report page
- `index`: the page of all finished runs and reports of a dataset

A stage has one name as module, rule file, command and test. Stages never import one another.
"""
