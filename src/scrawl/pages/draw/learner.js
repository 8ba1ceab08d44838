// A small network that learns in the page, by the arithmetic of scrawl.nn: softmax with
// cross-entropy, gradient descent by batches of shuffled examples.

/** A stream of random numbers between 0 and 1: Park and Miller's generator, 1988. */
const randomStream = (seed) => () => (seed = (seed * 48271) % 2147483647) / 2147483647;

/** A number of the standard normal distribution, by Box and Muller's transformation. */
const normal = (random) => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());

/** The numbers below n in a random order: Fisher and Yates's shuffle. */
function shuffled(n, random) {
  const order = [...Array(n).keys()];
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** Values by their place in a table (n_in, n_out), float32, as the network's own weights are. */
const table = (shape, value) => ({ shape, values: new Float32Array(size(shape)).map(value) });

/** A dense layer with random first weights, of variance 2/n_in: He et al., 2015. */
const denseLayer = (n_in, n_out, random) => ({
  kind: "dense",
  weights: table([n_in, n_out], () => Math.sqrt(2 / n_in) * normal(random)),
  biases: table([n_out], () => 0),
});

/**
 * A network in training. Examples are {inputs: [values, …], labels: [class, …]}; `hidden` is the
 * number of its hidden units, 0 for none.
 */
class Learner {
  constructor({ inputs, labels }, n_classes, { hidden, activation, seed = 1 }) {
    Object.assign(this, { inputs, labels, steps: 0, seen: 0, order: [] });
    this.random = randomStream(seed);
    const n_in = inputs[0].length, dense = (from, to) => denseLayer(from, to, this.random);
    const layers = hidden
      ? [dense(n_in, hidden), { kind: activation }, dense(hidden, n_classes)]
      : [dense(n_in, n_classes)];
    this.network = new Network([...layers, { kind: "softmax" }], n_in);
  }

  /** Passes over the examples, so far. */
  get epochs() {
    return this.seen / this.labels.length;
  }

  /** The next places of the shuffled examples; at the end of an epoch fewer, or none but new ones. */
  batch(most) {
    if (!this.order.length) this.order = shuffled(this.labels.length, this.random);
    return this.order.splice(0, most);
  }

  /** Make one update by the mean gradient of a batch; return its mean loss, before the update. */
  step(rate, most, places = this.batch(most)) {
    const layers = this.network.scored; // without the softmax, which belongs to the loss
    const gradients = layers.map(({ weights, biases }) =>
      weights && { weights: new Float64Array(weights.values.length), biases: new Float64Array(biases.values.length) },
    );
    let loss = 0;
    for (const place of places) {
      const answers = this.network.forward(this.inputs[place]), label = this.labels[place];
      loss -= Math.log(Math.max(answers[label], Number.MIN_VALUE)) / places.length;
      let g = answers.map((share, index) => (share - (index === label)) / places.length);
      for (let i = layers.length - 1; i >= 0; i--) {
        if (gradients[i]) accumulate(gradients[i], i ? layers[i - 1].outputs : this.network.values, g);
        if (i) g = layers[i].backward(g);
      }
    }
    layers.forEach((layer, i) => gradients[i] && descend(layer, gradients[i], rate));
    this.steps += 1;
    this.seen += places.length;
    return layers.every(({ outputs }) => outputs.every(Number.isFinite)) ? loss : NaN;
  }

  /** Return the share of examples, {inputs, labels}, that are answered rightly. */
  accuracy({ inputs, labels }) {
    const right = inputs.filter((values, n) => best(this.network.forward(values)) === labels[n]);
    return right.length / labels.length;
  }
}

/** Add one example's gradients: ∂L/∂W = xᵀ·g, ∂L/∂b = g. */
function accumulate({ weights, biases }, x, g) {
  const n_out = g.length;
  g.forEach((one, j) => (biases[j] += one));
  x.forEach((value, i) => {
    if (value !== 0) for (let j = 0, at = i * n_out; j < n_out; j++, at++) weights[at] += value * g[j];
  });
}

/** p ← p − rate·g. */
function descend(layer, gradients, rate) {
  for (const name of ["weights", "biases"]) {
    const { values } = layer[name];
    gradients[name].forEach((one, i) => (values[i] -= rate * one));
  }
}
