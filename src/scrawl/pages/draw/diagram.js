// The layers of a network from left to right, and the arithmetic of one of their units.

const TERMS = 12; // products that a sum is spelled out with; the largest, of more

/** Arrange pictures (n, rows, columns) in a grid, as one picture. */
function mosaic(values, shape) {
  const [n, high = 1, wide = 1] = shape, gap = high * wide > 1 ? 1 : 0;
  const across = Math.min(n, Math.ceil(Math.sqrt((n * high) / wide)));
  const [cell, line] = [wide + gap, high + gap];
  const w = across * cell - gap, h = Math.ceil(n / across) * line - gap;
  const out = new Float64Array(w * h);
  values.forEach((value, i) => {
    const unit = Math.floor(i / (high * wide)), place = i % (high * wide);
    const row = Math.floor(unit / across) * line + Math.floor(place / wide);
    out[row * w + (unit % across) * cell + (place % wide)] = value;
  });
  return [out, w, h];
}

const isImage = ({ shape }) => shape.length > 1;
const kindsOf = ({ parts }) => parts.map(({ kind }) => kind).join(" + ");
const sized = ({ shape }) =>
  shape.length > 1
    ? `${counted(shape[0], "map")} of ${shape[2]} × ${shape[1]}`
    : counted(shape[0], "unit");

/** The weights of a stage's unit, in the order of what it is given. */
function weightsOf({ maker }, index) {
  const { values, shape } = maker.weights;
  if (maker.kind === "convolution") {
    const per = size(shape.slice(1));
    return values.slice(index * per, (index + 1) * per);
  }
  return new Float32Array(shape[0]).map((_, i) => values[i * shape[1] + index]);
}

/** The shape of what a stage is given: of the image where nothing is before it. */
const given = ({ from }) => (from && from.kind !== "images" ? from.shape : [channels, rows, columns]);

// --- the diagram --------------------------------------------------------------------------------

/** Build the cards of a network's stages, empty. */
function buildDiagram(network) {
  state.stages = network.stages();
  $(".layers").replaceChildren(
    ...state.stages.map((stage, n) => {
      const units = isImage(stage.shown) ? maps(stage, n) : grid(stage, n);
      const caption = element("figcaption", { textContent: `${kindsOf(stage)}: ${sized(stage.shown)}` });
      return element("figure", { className: "layer" }, caption, units);
    }),
  );
}

/** A button for each map, with its filter where it has one. */
function maps(stage, n) {
  const buttons = Array.from({ length: stage.shown.shape[0] }, (_, index) => {
    const map = element("canvas", { className: "map" });
    const button = element("button", { type: "button", className: "unit" }, map);
    if (stage.maker.kind === "convolution") {
      const filter = button.appendChild(element("canvas", { className: "filter" }));
      const [, depth, high, wide] = stage.maker.weights.shape, w = weightsOf(stage, index);
      signed(filter, ...mosaic(w, [depth, high, wide]), extreme(w));
    }
    const [, high, wide] = stage.shown.shape;
    const at = (event) => {
      const box = map.getBoundingClientRect();
      const place = (from, length, side) => Math.min(Math.max(Math.floor((from * side) / length), 0), side - 1);
      explainUnit(n, index, place(event.clientY - box.top, box.height, high), place(event.clientX - box.left, box.width, wide));
    };
    map.addEventListener("pointermove", at);
    map.addEventListener("click", at);
    button.addEventListener("click", ({ detail }) => detail || explainUnit(n, index, high >> 1, wide >> 1));
    button.addEventListener("keydown", (event) => {
      const step = STEPS[event.key], unit = state.unit;
      if (!step || unit?.stage !== n || unit.index !== index) return;
      event.preventDefault();
      const within = (value, side) => Math.min(Math.max(value, 0), side - 1);
      explainUnit(n, index, within(unit.row + step[1], high), within(unit.column + step[0], wide));
    });
    return button;
  });
  return element("div", { className: "maps" }, ...buttons);
}

/** One picture of a layer's units; a field chooses one by its number. */
function grid(stage, n) {
  const [units] = stage.shown.shape, across = Math.ceil(Math.sqrt(units));
  const canvas = element("canvas", { className: "units", role: "img" });
  const field = element("input", { type: "number", min: 1, max: units, ariaLabel: `Unit of layer ${n + 1}` });
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) * Math.ceil(units / across)) / box.height);
    const index = row * across + Math.floor(((event.clientX - box.left) * across) / box.width);
    if (index >= 0 && index < units) explainUnit(n, index);
  };
  canvas.addEventListener("pointermove", at);
  canvas.addEventListener("click", at);
  field.addEventListener("input", () => field.checkValidity() && field.value && explainUnit(n, field.value - 1));
  return element("div", {}, canvas, element("label", { className: "small" }, "Unit ", field));
}

/** Paint what the units do now; on an empty sheet they do nothing that is worth a look. */
function showDiagram() {
  const dark = sheet.isEmpty();
  state.stages.forEach((stage, n) => {
    const { shown: layer } = stage, { shape, off } = layer, card = $(".layers").children[n].lastElementChild;
    const outputs = dark ? new Float64Array(size(shape)) : layer.outputs, top = extreme(outputs);
    if (!isImage(layer)) {
      const canvas = card.firstElementChild;
      signed(canvas, ...mosaic(outputs, shape), top);
      const active = outputs.filter((value) => Math.abs(value) > 0.01).length;
      canvas.ariaLabel = `${active} of ${outputs.length} units are not near zero`;
      return;
    }
    const [, high, wide] = shape;
    [...card.children].forEach((button, index) => {
      const map = outputs.slice(index * high * wide, (index + 1) * high * wide);
      signed(button.firstElementChild, map, wide, high, top);
      button.classList.toggle("off", off.has(index));
      button.ariaLabel = `Map ${index + 1}, strongest value ${number(extreme(map), 2)}${off.has(index) ? ", switched off" : ""}`;
    });
  });
  showUnit();
}

// --- one unit -----------------------------------------------------------------------------------

function explainUnit(stage, index, row = 0, column = 0) {
  state.unit = { stage, index, row, column };
  showUnit();
}

/** What a unit is given, its weights, and their products, as pictures of one shape. */
function arithmetic({ stage: n, index, row, column }) {
  const stage = state.stages[n], { maker } = stage, [depth, high = 1, wide = 1] = given(stage);
  const input = stage.from?.outputs ?? state.model.network.values;
  // What comes before the layers of images is pixels with their channels last.
  const at = stage.from ? (c, r, s) => (c * high + r) * wide + s : (c, r, s) => (r * wide + s) * depth + c;
  const convolves = maker.kind === "convolution";
  if (maker.kind !== "dense" && !convolves) return null;
  const shape = convolves ? maker.weights.shape.slice(1) : [depth, high, wide];
  const [, tall, broad] = shape;
  const corner = convolves ? [row, column].map((place) => place * maker.stride - maker.padding) : [0, 0];
  const values = new Float64Array(size(shape)).map((_, i) => {
    const c = Math.floor(i / (tall * broad)), r = corner[0] + (Math.floor(i / broad) % tall), s = corner[1] + (i % broad);
    return r < 0 || s < 0 || r >= high || s >= wide ? 0 : input[at(c, r, s)];
  });
  let weights = weightsOf(stage, index);
  if (!stage.from && !convolves) weights = values.map((_, i) => weights[at(Math.floor(i / (tall * broad)), Math.floor(i / broad) % tall, i % broad)]);
  return { shape, values, weights, products: values.map((value, i) => value * weights[i]) };
}

/** Spell out a sum: its largest products, those that are left, the bias. */
function spelled({ values, weights, products }, bias) {
  const order = [...products.keys()].filter((i) => products[i] !== 0);
  order.sort((a, b) => Math.abs(products[b]) - Math.abs(products[a]));
  const terms = order.slice(0, TERMS).map((i) => `${number(values[i], 2)} · ${signedNumber(weights[i])}`);
  const rest = order.slice(TERMS).reduce((sum, i) => sum + products[i], 0);
  if (order.length > TERMS) terms.push(`${signedNumber(rest)} of ${order.length - TERMS} smaller products`);
  if (!terms.length) terms.push("0");
  const sum = products.reduce((total, one) => total + one, 0) + bias;
  return `${terms.join(" + ")} + bias ${signedNumber(bias)} = ${number(sum, 2)}`;
}

const signedNumber = (value) =>
  number(value, 2) === "−0.00" ? "0.00" : value < 0 ? `(${number(value, 2)})` : number(value, 2);

function showUnit() {
  const { unit } = state, panel = $(".explained-unit");
  panel.hidden = !unit;
  if (!unit) return;
  const stage = state.stages[unit.stage], { maker, parts, shown: layer } = stage;
  const last = unit.stage === state.stages.length - 1, image = isImage(layer);
  const name = last ? `Output ${classes[unit.index]}` : `${image ? "Map" : "Unit"} ${unit.index + 1} of ${maker.kind}`;
  const place = image ? `, row ${unit.row + 1}, column ${unit.column + 1}` : "";
  $(".unit-name").textContent = name + place;
  $(".switch").hidden = last;
  $(".switch").textContent = layer.off.has(unit.index) ? "Switch on" : "Switch off";
  $(".all-on").hidden = !state.model.network.layers.some(({ off }) => off.size);
  const [, high = 1, wide = 1] = layer.shape;
  const value = layer.outputs[(unit.index * high + unit.row) * wide + unit.column];
  const parts_of = sheet.isEmpty() ? null : arithmetic(unit);
  $(".products").hidden = !parts_of;
  $(".sum").textContent = sumOf(parts_of, maker, parts, unit, value);
  if (!parts_of) return;
  const pictures = [parts_of.values, parts_of.weights, parts_of.products];
  [...$(".products").querySelectorAll("canvas")].forEach((canvas, k) => {
    signed(canvas, ...mosaic(pictures[k], parts_of.shape), extreme(pictures[k]));
    canvas.ariaLabel = canvas.nextElementSibling.textContent;
  });
}

function sumOf(products, maker, parts, { index }, value) {
  if (sheet.isEmpty()) return "Draw something to see its arithmetic.";
  if (!products) return `${maker.kind} of a square of the map before it: ${number(value, 2)}.`;
  const bias = maker.biases?.values[index] ?? 0;
  const behind = parts.slice(1).map(({ kind }) => kind).join(", then ");
  const result = maker.off.has(index) || parts.at(-1).off.has(index) ? "switched off: 0" : number(value, 2);
  return `${spelled(products, bias)}${behind ? `; ${behind}: ${result}` : ""}`;
}

/** Switch the explained unit off or on. */
function toggleUnit() {
  const { off } = state.stages[state.unit.stage].shown, { index } = state.unit;
  if (!off.delete(index)) off.add(index);
  changed();
}

function allOn() {
  for (const { network } of ABOUT.models) network?.layers.forEach(({ off }) => off.clear());
  changed();
}
