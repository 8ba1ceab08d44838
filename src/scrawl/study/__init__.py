"""What the stages `measure`, `originals` and `questions` are made of: comparisons of many runs."""
