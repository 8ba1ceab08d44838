"""Commands for a person at a terminal; the pipeline runs without them.

- `runs`: finished runs in a table
- `predict`: predictions for picture files
- `compare`, `compare_experiments`, `scored`: two runs, or two experiments, side by side
- `compare_elsewhere`: the same on other datasets that both were evaluated on
- `inspect`: the contents of an HDF5 artifact
- `verify`: the chain of digests, recomputed
- `digests`: the published digests of the default suite
- `import_dataset`: datasets of pictures, NumPy files and tables
- `completion`, `options`: completion of all commands for shells; the nearest option
- `glyphs`: the bundled dataset, drawn again
- `configuration`: the reference of all settings
- `new`: a project folder for the installed package
- `bundle`, `crate`: a run in one file, with metadata for archives
- `rebuild`: the rebuilding of a bundled run
- `replay`, `replay_text`: any update of a finished run
- `paths`: paths as given on the command line
- `export`: trained networks for other programs
- `exports`: the formats of `export`: ONNX, safetensors, Keras
- `fill`: placeholders of a page, filled with numbers from artifacts
- `terminal`: bars and pictures made of characters
"""
