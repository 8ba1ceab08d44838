"""Research built on the chain: the originals, their open questions, and the records.

- `originals`: the authors' printed numbers beside measured ones
- `originals_figure`: the figure of that comparison
- `review`: scores of a network on the images that it could learn from
- `questions`: the open questions, answered with a figure each
- `question_answers`: the answers in sentences
- `question_facts`: the numbers behind the answers
- `question_figures`: the figures of the answers
- `ladder`: experiments in a row, each with one change
- `measure`: measurements for the questions, beyond trained networks
- `measurements`: the computations of `measure`
- `range_test`: the learning-rate range test
- `records`: how well each kind of network does, and at what cost
- `search`: the recipes tried on validation images, and those chosen
- `people`: accuracy on writers met in training and on others
- `robustness`: experiments under corruptions of the test images

The rest of the package does not need these modules.
"""
