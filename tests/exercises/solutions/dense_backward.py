def dense_backward(inputs, weights, output_gradient):
    weight_gradient = inputs.T @ output_gradient
    bias_gradient = output_gradient.sum(axis=0)
    input_gradient = output_gradient @ weights.T
    return weight_gradient, bias_gradient, input_gradient
