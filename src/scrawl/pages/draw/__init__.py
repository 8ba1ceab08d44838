"""The drawing page, on which trained networks read drawn digits.

- `page`: the whole page, with its networks
- `pictures`: images of the dataset, and how they look
- `snapshots`: snapshots of training, for which there is room
- `layers`: the layers of a network as JSON for the browser
- `pen`: width and slant of the training images' strokes

The template, the style and the scripts of the page are files beside these modules.
"""
