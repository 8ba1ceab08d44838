"""Sources of images: the IDX format, the bundled dataset, and pictures of users.

- `idx`: the IDX file format, read and written
- `glyphs`: the generator of the bundled dataset
- `strokes`: the pen strokes of the generator's digits
- `centring`: scaling and placing of drawings as in MNIST
- `appearance_detection`: detection of paper, ink, range and placement of a dataset's images
- `treatment`: uneven light evened, hard edges smoothed
- `checks`: class balance, blank, repeated and shared images
- `corruptions`: images made worse on purpose, in steps
- `labels`: the classes of a dataset, from its tables of labels
- `groups`: the groups of images, such as writers, and a validation split of whole groups
- `web`: files fetched with limits on time, rate and size
- `picture_files`: reading of PNG, JPEG, IDX and NumPy files
- `labelled`: folders of pictures, NumPy files and tables with labels
- `ink`: segmentation of ink and paper on any picture
- `line_width`: strokes of pictures, made as wide as those of the training images
- `novelty`: novelty detection: does a picture resemble training images?
- `reference_images`: the images of a dataset that novelty is measured against
- `preprocessing`: pictures as images of a dataset, in its pixel values
"""
