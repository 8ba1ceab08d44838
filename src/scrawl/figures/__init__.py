"""Figures drawn with matplotlib; scales, pictures and formats that pages share with them.

- `plots`: samples, learning curves, accuracies and mistakes
- `confusion`: confusion matrices
- `groups`: accuracy on each group of images, such as each writer
- `network`: weights and features of a network
- `augmentation`: augmented training images
- `robustness`: corrupted images, and what they do to experiments
- `sweep`: validation accuracy against each setting of a sweep
- `style`: palette, fonts and reproducible files
- `axes`: scales and tick marks, for figures and pages
- `pictures`: images as brightnesses, and many of them in one PNG
- `formatting`: percentages and settings as text
"""
