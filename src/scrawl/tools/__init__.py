"""Commands for a person at a terminal; the pipeline runs without them.

- `runs`: finished runs in a table
- `predict`: predictions for picture files
- `compare`: two runs side by side
- `inspect`: the contents of an HDF5 artifact
- `verify`: the chain of digests, recomputed
- `digests`: the published digests of the default suite
- `importing`: datasets of pictures, NumPy files and tables
- `completion`: completion of all commands for shells
- `glyphs`: the bundled dataset, drawn again
- `export`: trained networks for other programs
- `exports`: the formats of `export`: ONNX, safetensors, Keras
- `fill`: placeholders of a page, filled with numbers from artifacts
- `terminal`: bars and pictures made of characters
"""
