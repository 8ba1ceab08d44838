"""Exercises: the reader writes a part of the chain, and a checker tells where it is wrong.

- `exercise`: the command that lists the exercises and writes a file to begin with
- `check`: the command that checks such a file
- `catalogue`: the exercises in the order of the chain
- `stubs`: the files that `exercise` writes
- `checks`: one function an exercise that asks the reader's function and judges its answers
- `judging`: questions, and comparisons that name the first difference
- `wording`: places, numbers and patterns in words
- `sandbox`: the process that judges starts, limits and questions the process that runs
- `child`: the process that runs the reader's file; it judges nothing

The reader's code never runs in the process that judges, and nothing that it prints or raises
counts: a verdict is formed from the values that it returns for random inputs.
"""
