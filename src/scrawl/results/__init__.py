"""Results of trained networks: read, scored, summarised and compared.

- `runs`: the files of a run's folder, read and checked
- `predictions`: the stored predictions of a network
- `scoring`: metrics and predictions computed from a network's outputs
- `findings`: what the diagnosis found, of one run or of all seeds
- `metrics`: accuracy, confusion, confidence intervals, McNemar's test
- `by_group`: intervals by groups of images, such as writers, by a bootstrap
- `calibration`: reliability of predicted probabilities
- `abstention`: the error of answers that are sure enough
- `doubtful_labels`, `doubts_table`: images that look mislabelled, and their table
- `mistakes`: the test images that an experiment's seeds answer wrongly
- `neighbours`: exact nearest neighbours, a block at a time
- `influence`: the training images that speak most for an answer
- `mending`: the smallest stroke or erasure after which an answer is right
- `robustness`: scores under corruptions of the test images
- `recomputation`: scores computed again from stored answers
- `summary`: mean and spread of an experiment's runs over random seeds
- `transfers`: experiments on the test images of other datasets; `other_datasets`: which these are
- `overview`: finished runs as rows of one table
- `comparison`: differences between experiments, and their significance
- `group_table`: accuracy on each group of images
- `group_comparison`: experiments compared by groups of images
- `importance`: the settings of a sweep that mattered most
"""
