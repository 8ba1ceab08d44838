import numpy as np


def convolution_backward(images, kernels, output_gradient):
    rows, columns = output_gradient.shape[2:]
    kernel_gradient, image_gradient = np.zeros_like(kernels), np.zeros_like(images)
    for i in range(kernels.shape[2]):
        for j in range(kernels.shape[3]):
            under = images[:, :, i : i + rows, j : j + columns]
            kernel_gradient[:, :, i, j] = np.einsum("bcyx,bfyx->fc", under, output_gradient)
            image_gradient[:, :, i : i + rows, j : j + columns] += np.einsum(
                "bfyx,fc->bcyx", output_gradient, kernels[:, :, i, j]
            )
    return kernel_gradient, output_gradient.sum(axis=(0, 2, 3)), image_gradient
