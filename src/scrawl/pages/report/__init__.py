"""The report page: all results of a suite's runs.

- `page`: the whole page, and the choice of the images on it
- `data`: prepared data and experiments, read for the report
- `images`: the test images behind each cell of a confusion matrix
- `experiment`: the section of one experiment
- `sections`: the sections on all experiments together

The template, the style and the script of the page are files beside these modules.
"""
