def relu_backward(z, output_gradient):
    return output_gradient * (z > 0)
