// A trained network: the layers of scrawl.nn, one image at a time, and their gradients by the input.
//
// A layer is made from its description (kind, parameters) and the shape that comes in: [width], or
// [channels, rows, columns] of an image. It has the shape that goes out, `forward` (x → y) and
// `backward` (∂score/∂y of the last forward pass → ∂score/∂x). Values are doubles, weights float32.

const STEPS_OF_INTEGRAL = 16; // the sum then misses the difference of scores by about a hundredth

const size = (shape) => shape.reduce((product, length) => product * length, 1);

/** A function of each value by itself, with its derivative by z, where a = f(z). */
const elementwise = (f, derivative) => (description, shape) => {
  let z, a;
  return {
    shape,
    forward: (x) => (a = (z = x).map((value) => f(value, description))),
    backward: (g) => g.map((one, i) => one * derivative(z[i], a[i], description)),
  };
};

const relu = elementwise((z) => Math.max(z, 0), (z) => (z > 0 ? 1 : 0));
const upperTail = (z, { root, cubic }) => (1 - Math.tanh(root * z * (1 + cubic * z * z))) / 2;

const ACTIVATIONS = {
  relu,
  "relu-with-unit-derivative": relu, // the same function; wrong was only what trained it
  sigmoid: elementwise((z) => (1 + Math.tanh(z / 2)) / 2, (z, a) => a * (1 - a)),
  tanh: elementwise(Math.tanh, (z, a) => 1 - a * a),
  "leaky-relu": elementwise(
    (z, { slope }) => Math.max(z, slope * z),
    (z, a, { slope }) => (a > 0 ? 1 : slope),
  ),
  gelu: elementwise(
    (z, constants) => z - z * upperTail(z, constants),
    (z, a, { root, cubic }) => {
      const tail = upperTail(z, { root, cubic });
      return 1 - tail + 2 * a * tail * root * (1 + 3 * cubic * z * z);
    },
  ),
  softmax(_, shape) {
    let a;
    const forward = (z) => {
      const top = z.reduce((one, other) => Math.max(one, other), -Infinity);
      const powers = z.map((value) => Math.exp(value - top));
      const sum = powers.reduce((one, other) => one + other, 0);
      return (a = powers.map((power) => power / sum));
    };
    const backward = (g) => {
      const mean = g.reduce((sum, one, i) => sum + one * a[i], 0);
      return g.map((one, i) => a[i] * (one - mean));
    };
    return { shape, forward, backward };
  },
};

/** y = x·W + b with W (n_in, n_out). */
function dense({ weights, biases }, [n_in]) {
  const n_out = weights.shape[1], w = weights.values;
  const forward = (x) => {
    const y = biases ? Float64Array.from(biases.values) : new Float64Array(n_out);
    for (let i = 0; i < n_in; i++) {
      if (x[i] !== 0) for (let j = 0, at = i * n_out; j < n_out; j++, at++) y[j] += x[i] * w[at];
    }
    return y;
  };
  const backward = (g) => {
    const out = new Float64Array(n_in);
    for (let i = 0, at = 0; i < n_in; i++) {
      for (let j = 0; j < n_out; j++, at++) out[i] += w[at] * g[j];
    }
    return out;
  };
  return { shape: [n_out], forward, backward };
}

/** y = factor·x + shift, for each value or, of images, for each channel: batch normalisation. */
function affine({ factor, shift }, shape) {
  const per = size(shape) / shape[0], place = (i) => Math.floor(i / per);
  return {
    shape,
    forward: (x) => x.map((value, i) => value * factor.values[place(i)] + shift.values[place(i)]),
    backward: (g) => g.map((one, i) => one * factor.values[place(i)]),
  };
}

/** Pixels (rows, columns, channels) become an image (channels, rows, columns). */
function images({ rows, columns, channels }, [pixels]) {
  const at = (i) => (i % (rows * columns)) * channels + Math.floor(i / (rows * columns));
  return {
    shape: [channels, rows, columns],
    forward: (x) => new Float64Array(pixels).map((_, i) => x[at(i)]),
    backward: (g) => {
      const out = new Float64Array(pixels);
      g.forEach((one, i) => (out[at(i)] += one));
      return out;
    },
  };
}

const flatten = (_, shape) => ({ shape: [size(shape)], forward: (x) => x, backward: (g) => g });

/** y[f, r, s] = b[f] + Σ w[f, c, i, j]·x[c, stride·r + i − padding, stride·s + j − padding]. */
function convolution({ weights, biases, stride, padding }, [channels, rows, columns]) {
  const [filters, , high, wide] = weights.shape, w = weights.values;
  const places = (length, kernel) => Math.floor((length + 2 * padding - kernel) / stride) + 1;
  const shape = [filters, places(rows, high), places(columns, wide)];
  /** Call `visit` with the places in y, x and w of every product that makes up those outputs. */
  const products = (wanted, visit) => {
    for (let f = 0, y = 0; f < filters; f++) {
      for (let r = 0; r < shape[1]; r++) {
        for (let s = 0; s < shape[2]; s++, y++) {
          if (!wanted(y)) continue;
          for (let c = 0; c < channels; c++) {
            for (let i = 0; i < high; i++) {
              const row = stride * r + i - padding;
              if (row < 0 || row >= rows) continue;
              for (let j = 0; j < wide; j++) {
                const column = stride * s + j - padding;
                if (column < 0 || column >= columns) continue;
                const x = (c * rows + row) * columns + column;
                visit(y, x, ((f * channels + c) * high + i) * wide + j);
              }
            }
          }
        }
      }
    }
  };
  const forward = (x) => {
    const per = shape[1] * shape[2];
    const y = new Float64Array(size(shape));
    if (biases) y.forEach((_, i) => (y[i] = biases.values[Math.floor(i / per)]));
    products(() => true, (to, from, weight) => (y[to] += w[weight] * x[from]));
    return y;
  };
  const backward = (g) => {
    const out = new Float64Array(channels * rows * columns);
    products((i) => g[i] !== 0, (from, to, weight) => (out[to] += w[weight] * g[from]));
    return out;
  };
  return { shape, forward, backward };
}

/** The places of an image's values, for each value of the smaller image that pooling makes. */
function squares(high, wide, [channels, rows, columns]) {
  const shape = [channels, Math.floor(rows / high), Math.floor(columns / wide)];
  const members = [];
  for (let c = 0; c < channels; c++) {
    for (let r = 0; r < shape[1]; r++) {
      for (let s = 0; s < shape[2]; s++) {
        const square = [];
        for (let j = 0; j < wide; j++) {
          for (let i = 0; i < high; i++) {
            square.push((c * rows + high * r + i) * columns + wide * s + j);
          }
        }
        members.push(square);
      }
    }
  }
  return { shape, members };
}

/** The largest value of each square; the gradient goes to the first of several. */
function maxPooling({ size: side }, shape_in) {
  const { shape, members } = squares(side, side, shape_in);
  let winners;
  const forward = (x) => {
    winners = members.map((square) => square.reduce((best, at) => (x[at] > x[best] ? at : best)));
    return Float64Array.from(winners, (at) => x[at]);
  };
  const backward = (g) => {
    const out = new Float64Array(size(shape_in));
    winners.forEach((at, i) => (out[at] += g[i]));
    return out;
  };
  return { shape, forward, backward };
}

/** The mean of each square. */
function averaging(high, wide, shape_in) {
  const { shape, members } = squares(high, wide, shape_in), n = high * wide;
  const mean = (square, x) => square.reduce((sum, at) => sum + x[at], 0) / n;
  const forward = (x) => Float64Array.from(members, (square) => mean(square, x));
  const backward = (g) => {
    const out = new Float64Array(size(shape_in));
    members.forEach((square, i) => square.forEach((at) => (out[at] += g[i] / n)));
    return out;
  };
  return { shape, forward, backward };
}

const LAYERS = {
  ...ACTIVATIONS,
  dense,
  "batch-normalisation": affine,
  images,
  flatten,
  convolution,
  "max-pooling": maxPooling,
  "average-pooling": ({ size: side }, shape) => averaging(side, side, shape),
  "global-average-pooling": (_, shape) => {
    const { shape: [channels], ...rest } = averaging(shape[1], shape[2], shape);
    return { shape: [channels], ...rest };
  },
};

/** Set the values of those units (or maps) that are switched off to 0. */
function silenced(values, { shape, off }) {
  if (!off.size) return values;
  const per = size(shape) / shape[0];
  return values.map((value, i) => (off.has(Math.floor(i / per)) ? 0 : value));
}

/** Layers in a row, from their descriptions. */
class Network {
  constructor(descriptions, pixels) {
    this.layers = [];
    for (const description of descriptions) {
      const shape = this.layers.length ? this.layers.at(-1).shape : [pixels];
      const layer = LAYERS[description.kind](description, shape);
      this.layers.push({ ...description, ...layer, off: new Set() });
    }
    // A class's score is what enters the last activation: behind it, large scores are all alike.
    const last = this.layers.at(-1);
    this.scored = last.kind in ACTIVATIONS ? this.layers.slice(0, -1) : this.layers;
  }

  /** Return the outputs for one image's values; each layer keeps its own as `outputs`. */
  forward(values) {
    this.values = values;
    return this.layers.reduce(
      (x, layer) => (layer.outputs = silenced(layer.forward(x), layer)),
      values,
    );
  }

  /** Return the score of a class in the last forward pass. */
  score(index) {
    return this.scored.at(-1).outputs[index];
  }

  /** Return the gradient of a class's score by the values of the last forward pass. */
  gradient(index) {
    const g = new Float64Array(this.layers.at(-1).outputs.length);
    g[index] = 1;
    return this.scored.reduceRight((one, layer) => layer.backward(silenced(one, layer)), g);
  }

  /**
   * Return how much each value adds to a class's score, compared with a blank: integrated gradients
   * (Sundararajan, Taly, Yan, 2017), by the midpoint rule. They sum to the difference of scores.
   */
  contributions(values, blank, index) {
    const weighted = this.layers.filter(({ weights }) => weights).length;
    const steps = weighted > 1 ? STEPS_OF_INTEGRAL : 1; // of one layer the gradient is constant
    const sum = new Float64Array(values.length);
    for (let k = 0; k < steps; k++) {
      const share = (k + 0.5) / steps;
      this.forward(values.map((value, i) => blank[i] + share * (value - blank[i])));
      this.gradient(index).forEach((one, i) => (sum[i] += one / steps));
    }
    this.forward(values);
    return sum.map((one, i) => one * (values[i] - blank[i]));
  }

  /**
   * Return what a diagram shows: each layer with weights or pooling, `maker`, what it is given,
   * `from`, and the last layer of those behind it that only change its values, `shown`.
   */
  stages() {
    const stages = [];
    this.layers.forEach((layer, i) => {
      if (layer.kind === "images") return;
      if (layer.kind === "flatten") return;
      if (layer.weights || layer.kind.endsWith("pooling")) {
        const before = this.layers.slice(0, i).findLast(({ kind }) => kind !== "flatten");
        stages.push({ maker: layer, from: before, parts: [layer], shown: layer });
      } else if (stages.length) {
        stages.at(-1).parts.push(layer);
        stages.at(-1).shown = layer;
      }
    });
    return stages;
  }
}
