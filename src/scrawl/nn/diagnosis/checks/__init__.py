"""The checks behind the catalogue: how each cause and symptom is recognised.

A check is given the evidence of a run, and returns what it saw, in words and numbers, or None. The
thresholds were chosen on the runs of `python -m benchmarks.diagnosis --bed choose`; beside each
stands what sound runs there came to.

- `verdict`: when a network fails, and what a check returns
- `examples`: causes in the images and labels
- `setup`: causes in the first weights, and settings that do not fit
- `steps`: causes in the steps, and in the network's size
- `symptoms`: what can have several causes
"""
