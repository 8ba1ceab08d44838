"""The page on which visitors draw digits for trained networks to read.

- `page`: the whole page, with its networks and pictures
- `layers`: the layers of a network as JSON for the browser
- `novelty`: novelty detection: does a drawing resemble training images?

The template, the style and the scripts of the page are files beside these modules.
"""
