// What is said and painted of the state.

const LISTED = 12; // classes that are listed in their own order; of more, the best ten are

// --- words --------------------------------------------------------------------------------------

const number = (value, digits = 1) =>
  value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const score = (value) => {
  if (state.model.probabilities) return `${number(100 * value)} %`;
  return number(value, Math.abs(value) < 1000 ? 3 : 0);
};
const counted = (n, one, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

/** Say the answer, and whether it means anything. */
function words() {
  if (sheet.isEmpty()) return "The sheet is empty: draw something, or choose a test image.";
  const order = ranking(state.outputs), [first, second] = order;
  let said = `Looks like ${classes[first]} (${score(state.outputs[first])})`;
  if (second !== undefined) said += `, then ${classes[second]} (${score(state.outputs[second])})`;
  return `${said}. ${likeness()}`;
}

function likeness() {
  if (!ABOUT.likeness) return "";
  return [
    "It resembles the training pictures.",
    "It is unusual: nineteen in twenty of the validation pictures are more like a training picture.",
    "But this is unlike anything in the training data: ninety-nine in a hundred of the validation " +
      "pictures are more like it, so that the answer means little.",
  ][strangeness()];
}

/** Return how many of the limits of what is usual the drawing is beyond: 0, 1 or 2. */
const strangeness = () =>
  ABOUT.likeness && !sheet.isEmpty()
    ? ABOUT.likeness.limits.filter((limit) => state.far > limit).length
    : 0;

const ranking = (outputs) => [...outputs.keys()].sort((a, b) => outputs[b] - outputs[a] || a - b);

// --- what is seen -------------------------------------------------------------------------------

/** The colours of the page that are painted with, [red, green, blue] by name; light or dark. */
const colours = {};

function readColours() {
  const probe = $(".draw").appendChild(document.createElement("i"));
  for (const name of ["ink", "for", "against"]) {
    probe.style.color = `var(--${name})`;
    colours[name] = getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number);
  }
  probe.remove();
}

/** Paint a canvas of w × h pixels, each in its colour with its opacity, 0 to 1. */
function painted(canvas, w, h, colour, opacity) {
  [canvas.width, canvas.height] = [w, h];
  const context = canvas.getContext("2d"), image = context.createImageData(w, h);
  const { data } = image; // clamps and rounds
  for (let i = 0; i < w * h; i++) {
    const tint = colour(i);
    data[4 * i] = tint[0];
    data[4 * i + 1] = tint[1];
    data[4 * i + 2] = tint[2];
    data[4 * i + 3] = 255 * opacity(i);
  }
  context.putImageData(image, 0, 0);
}

/** Paint ink: in its own colours where the picture has three, else in that of the text. */
function inked(canvas, planes, w, h) {
  if (planes.length === 3) {
    const [low, high] = [Math.min(paper, full), Math.max(paper, full)];
    const bright = (ink) => (255 * (paper + ink * (full - paper) - low)) / (high - low);
    painted(canvas, w, h, (i) => planes.map((plane) => bright(plane[i])), () => 1);
  } else {
    painted(canvas, w, h, () => colours.ink, (i) => planes[0][i]);
  }
}

/** Paint signed values, the largest in full colour. */
function signed(canvas, values, w, h, largest) {
  const { for: above, against: below } = colours;
  const tint = (i) => (values[i] > 0 ? above : below);
  painted(canvas, w, h, tint, (i) => Math.abs(values[i]) / largest);
}

const extreme = (values) => values.reduce((top, one) => Math.max(top, Math.abs(one)), 0) || 1;

function showSheet() {
  const canvas = $(".paper"), [high, wide] = sheet.shape;
  inked(canvas, sheet.planes, wide, high);
  $(".hint").hidden = !sheet.isEmpty();
  if (!canvas.matches(":focus-visible")) return;
  const context = canvas.getContext("2d");
  context.lineWidth = 2;
  context.strokeStyle = `rgb(${colours[state.down ? "against" : "for"]})`;
  context.beginPath();
  context.arc(...state.cursor, radius() + 2, 0, 2 * Math.PI);
  context.stroke();
}

function showScores() {
  const order = classes.length > LISTED ? ranking(state.outputs).slice(0, 10) : [...classes.keys()];
  const empty = sheet.isEmpty(), winner = best(state.outputs);
  const reach = Math.max(1, extreme(state.outputs));
  [...$(".scores").children].forEach((item, place) => {
    const index = order[place], value = state.outputs[index];
    const button = item.firstElementChild, [name, bar, figure] = button.children;
    button.dataset.class = index;
    button.setAttribute("aria-pressed", state.asked === index);
    item.classList.toggle("winner", index === winner && !empty);
    name.textContent = classes[index];
    bar.firstElementChild.style.width = empty ? 0 : `${(100 * Math.abs(value)) / reach}%`;
    bar.firstElementChild.className = value < 0 ? "below" : "";
    figure.textContent = empty ? "–" : score(value);
  });
  $(".best .winner").textContent = empty ? "–" : classes[winner];
  $(".certainty").textContent = empty ? "" : score(state.outputs[winner]);
}

/** Return how much each pixel's ink adds to the score of a class, (rows, columns). */
function contributions(index) {
  const { network } = state.model, gradient = network.gradient(index);
  const blank = shown(state.planes.map(() => new Float64Array(pixels)), state.model);
  const values = shown(state.planes, state.model);
  const each = gradient.map((one, i) => one * (values[i] - blank[i]));
  return new Float64Array(pixels).map((_, i) =>
    each.subarray(i * channels, (i + 1) * channels).reduce((sum, one) => sum + one, 0),
  );
}

function showReasons() {
  const index = state.asked ?? best(state.outputs), empty = sheet.isEmpty();
  const spoke = contributions(index);
  inked($(".seen"), state.planes, columns, rows);
  $(".seen").ariaLabel = `The image of ${columns} by ${rows} pixels that the network is shown`;
  signed($(".spoke"), spoke, columns, rows, extreme(spoke));
  $(".explained").textContent = empty && state.asked === null ? "" : classes[index];
  const [more, less] = [1, -1].map((sign) =>
    spoke.reduce((sum, one) => sum + Math.max(sign * one, 0), 0),
  );
  $(".spoke").ariaLabel = `For ${classes[index]} ${number(more, 2)}, against ${number(less, 2)}`;
}

/** Arrange units or feature maps (channels, rows, columns) in a grid, as one picture. */
function mosaic(values, shape) {
  const [n, high = 1, wide = 1] = shape, gap = high * wide > 1 ? 1 : 0;
  const across = Math.min(n, Math.ceil(Math.sqrt((n * 2 * high) / wide)));
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

function showHidden() {
  state.model.network.hidden().forEach((layer, k) => {
    const figure = $(".hidden").children[k], canvas = figure.firstElementChild;
    const [values, w, h] = mosaic(layer.outputs, layer.shape);
    signed(canvas, values, w, h, extreme(layer.outputs));
    const active = layer.outputs.filter((value) => Math.abs(value) > 0.01).length;
    const of = layer.shape.length > 1 ? "values" : "units";
    canvas.ariaLabel = `${active} of ${layer.outputs.length} ${of} are not near zero`;
  });
}
