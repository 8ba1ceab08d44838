def momentum_step(parameters, gradient, velocity, learning_rate, momentum):
    velocity = momentum * velocity + gradient
    parameters = parameters - learning_rate * velocity
    return parameters, velocity
