"""The kinds of layers: each computes its output and its gradients.

- `base`: the base class, dense layers and dropout
- `activations`: non-linear functions with their derivatives
- `convolution`: convolution of images with filters
- `pooling`: max and average pooling
- `batch_normalisation`: batch normalisation
- `stored`: layers as a model file keeps them, without their code
- `reshaping`: between rows of values and images; global average pooling
"""
