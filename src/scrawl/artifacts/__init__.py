"""Artifacts, the files between the stages: named, written, read and checked.

- `store`: HDF5 artifacts: written whole, checked when read
- `formats`: the contents that each kind of artifact must have
- `remedies`: commands that make a damaged artifact again
- `hdf5`: careful opening of HDF5 files
- `files`: atomic writes; text, JSON and CSV; SHA-256 digests
- `prepared`: examples and dataset facts from a prepared artifact
- `appearance`: paper, ink, axes and placement of a dataset's images
- `cautions`: warnings that stages keep in their artifacts
- `model`: trained networks, built, saved and loaded
- `snapshots`: weights of a small network at a few points of its training
- `own_code`: users' own code, loaded from a file that they name
- `renormalisation`: images of one dataset in the pixel values of another
- `lazy_images`: images read from their file batch by batch
"""
