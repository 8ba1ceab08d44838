def dense_forward(inputs, weights, biases):
    return inputs @ weights + biases
