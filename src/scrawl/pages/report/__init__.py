"""The report page: all results of a suite's runs.

- `page`: the whole page, and the choice of the images on it
- `data`: prepared data and experiments, read for the report
- `sections`: the sections on all experiments together
- `dataset`: the section on the dataset, with what is doubtful about it
- `experiment`: the section of one experiment
- `curves`, `matrix`, `network`: its charts, its confusions, its layers and what they see
- `corruptions`: the section on corruptions of the test images
- `groups`: the section on groups of images, such as writers
- `elsewhere`: the section on other datasets that networks were evaluated on
- `images`: the test images behind each cell of a confusion matrix
- `mistakes`: the page of mistakes, beside the report
- `doubts`: its section on images that look mislabelled
- `index`: the index page of a dataset: its finished runs and its reports

The templates, the style and the script of all pages are files beside these modules.
"""
