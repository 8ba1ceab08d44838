"""Sources of images: the IDX format, the bundled dataset, and pictures of users.

- `idx`: the IDX file format, read and written
- `glyphs`: the generator of the bundled dataset
- `strokes`: the pen strokes of the generator's digits
- `centring`: scaling and placing of drawings as in MNIST
- `picture_files`: PNG, JPEG, IDX and NumPy files as network inputs
"""
