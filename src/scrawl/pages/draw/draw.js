// The page: one sheet, one network at a time, and everything that can be seen of its answer.

const HOST = document.currentScript.previousElementSibling;
const ROOT = HOST.attachShadow({ mode: "open" });
ROOT.append(HOST.querySelector("template").content);
const ABOUT = JSON.parse(HOST.querySelector("script").textContent, unpacked);

const $ = (selector) => ROOT.querySelector(selector);
const PEN = 0.042; // radius, of the sheet's longer side: scaled, about as broad as MNIST's
const UNDO = 50; // steps; a sheet of 280 × 280 takes 0.3 MB
const LISTED = 12; // classes that are listed in their own order; of more, the best ten are
const QUIET = 500; // ms without a change, after which the answer is said to a screen reader
const STEPS = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
  Home: [-1, -1], PageUp: [1, -1], End: [-1, 1], PageDown: [1, 1],
};

/** Give a packed array, {type, shape, data}, its values. */
function unpacked(_, value) {
  if (typeof value?.data !== "string") return value;
  const { data, type, ...rest } = value;
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  return { ...rest, values: type === "uint8" ? bytes : new Float32Array(bytes.buffer) };
}

const { rows, columns, channels, classes, paper, ink: full } = ABOUT;
const pixels = rows * columns;
const sheet = new Sheet(rows, columns, channels);
const state = {
  model: null, planes: null, outputs: null, asked: null, // a class, or null for the winner
  erasing: false, past: [], at: null, cursor: sheet.shape.map((side) => side / 2).reverse(),
  down: false,
};

// --- what a network is shown, and how far that is from what it was trained on -------------------

/** Return planes of ink as the values that a model is shown. */
function shown(planes, { offset, scale }) {
  const value = (ink) => (paper + ink * (full - paper) - offset) / scale;
  return new Float64Array(pixels * channels).map((_, i) =>
    value(planes[i % channels][Math.floor(i / channels)]),
  );
}

/** Return the planes of ink of the n-th test image. */
function testImage(n) {
  const { values } = ABOUT.images;
  const ink = (i, k) => (values[(n * pixels + i) * channels + k] - paper) / (full - paper);
  return Array.from({ length: channels }, (_, k) =>
    new Float64Array(pixels).map((_, i) => ink(i, k)),
  );
}

/** Return how far a picture is from the nearest of some training pictures: scrawl.likeness. */
function distance(planes) {
  const { grid, pictures, levels } = ABOUT.likeness;
  const grey = planes[0].map((_, i) => planes.reduce((sum, p) => sum + p[i], 0) / channels);
  const roots = area(grey, [rows, columns], grid).map((ink) => Math.sqrt(Math.max(ink, 0)));
  const n = roots.length;
  let least = Infinity;
  for (let picture = 0; picture < pictures.shape[0]; picture++) {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const at = picture * n + i, both = pictures.values[at >> 1];
      sum += (roots[i] - (at & 1 ? both & 15 : both >> 4) / levels) ** 2;
    }
    least = Math.min(least, sum);
  }
  return Math.sqrt(least);
}

const best = (outputs) => outputs.reduce((top, one, i) => (one > outputs[top] ? i : top), 0);

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

// --- from a change to what is seen of it --------------------------------------------------------

let waiting = 0, quiet = 0;

/** Show the sheet as it is now: once a frame, however often it changes. */
function changed() {
  waiting ||= requestAnimationFrame(() => {
    waiting = 0;
    show();
  });
  clearTimeout(quiet);
  quiet = setTimeout(() => ($(".words").textContent = words()), QUIET);
}

function show() {
  state.planes = sheet.seen($(".centre").checked);
  state.outputs = state.model.network.forward(shown(state.planes, state.model));
  state.far = ABOUT.likeness && distance(state.planes);
  $(".answer").dataset.strangeness = strangeness();
  showSheet();
  showScores();
  showReasons();
  showHidden();
  $(".undo").disabled = !state.past.length;
}

/** Keep the sheet as it is, to return to. */
function remember() {
  state.past.push({
    planes: sheet.planes.map((plane) => plane.slice()),
    centre: $(".centre").checked,
  });
  state.past.splice(0, state.past.length - UNDO);
}

function undo() {
  const before = state.past.pop();
  if (!before) return;
  sheet.planes = before.planes;
  $(".centre").checked = before.centre;
  changed();
}

function clear() {
  remember();
  sheet.clear();
  $(".centre").checked = ABOUT.centred;
  changed();
}

/** Lay a test image on the sheet, as it is: it need not be centred, and is so if its dataset is. */
function lay(n) {
  remember();
  sheet.lay(testImage(n));
  $(".centre").checked = false;
  changed();
}

const radius = () => PEN * Math.max(...sheet.shape) * $(".width input").value;

function line(from, to, erase = state.erasing) {
  sheet.line(from, to, radius(), erase);
  changed();
}

// --- choosing a network -------------------------------------------------------------------------

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

const sized = ({ shape, kind }) =>
  shape.length > 1
    ? `${counted(shape[0], "map")} of ${shape[2]} × ${shape[1]}, ${kind}`
    : `${counted(shape[0], "unit")}, ${kind}`;

function choose(n) {
  state.model = ABOUT.models[n];
  state.model.network ??= new Network(state.model.layers, pixels * channels);
  $(".hidden").replaceChildren(
    ...state.model.network.hidden().map((layer) => {
      const canvas = element("canvas", { role: "img", className: "units" });
      return element("figure", {}, canvas, element("figcaption", { textContent: sized(layer) }));
    }),
  );
  $(".meaning").textContent = state.model.probabilities
    ? "Probabilities, of which the sum is 100 %. Choose a class to see what speaks for it."
    : "Outputs of the last layer; the largest is the answer. Choose a class to see what speaks for it.";
  changed();
  mark(state.model);
}

/** Run every test image through the network, and mark those that it gets wrong. */
function mark(model, n = 0, right = 0) {
  if (model !== state.model) return;
  const { labels } = ABOUT.images, cells = $(".gallery").children;
  if (n === labels.length) {
    const all = right === n ? "all" : `${right} of`;
    const others = n - right === 1 ? "other is" : "others are";
    const rest = right === n ? "" : `; the ${others} framed`;
    $(".right").textContent = `${model.title} is right about ${all} these ${counted(n, "image")}${rest}.`;
    return;
  }
  const network = (model.twin ??= new Network(model.layers, pixels * channels));
  const answer = best(network.forward(shown(testImage(n), model)));
  cells[n].classList.toggle("wrong", answer !== labels[n]);
  const words = answer === labels[n] ? "" : `, taken for ${classes[answer]}`;
  cells[n].firstElementChild.ariaLabel = `${classes[labels[n]]}${words} (test image ${n + 1})`;
  setTimeout(() => mark(model, n + 1, right + (answer === labels[n])));
}

// --- hands --------------------------------------------------------------------------------------

/** Return where on the sheet a pointer is. */
function place(event) {
  const box = $(".paper").getBoundingClientRect(), [high, wide] = sheet.shape;
  return [
    ((event.clientX - box.left) * wide) / box.width,
    ((event.clientY - box.top) * high) / box.height,
  ];
}

function pointed(event) {
  const to = place(event), rubber = event.buttons & 32; // the other end of some pens
  line(state.at ?? to, to, state.erasing || rubber);
  state.at = to;
}

function typed(event) {
  const step = STEPS[event.key], control = event.ctrlKey || event.metaKey;
  if (control && event.key === "z") undo();
  else if (control || event.altKey) return;
  else if (event.key === " " && !event.repeat) {
    state.down = !state.down;
    if (state.down) {
      remember();
      line(state.cursor, state.cursor);
    }
  } else if (step) {
    const from = state.cursor, [high, wide] = sheet.shape;
    const within = (value, side) => Math.min(Math.max(value, 0), side);
    const length = sheet.zoom * (event.shiftKey ? 3 : 1);
    state.cursor = [
      within(from[0] + step[0] * length, wide),
      within(from[1] + step[1] * length, high),
    ];
    if (state.down) line(from, state.cursor);
  } else if (event.key !== " ") return;
  event.preventDefault();
  changed();
}

function listen() {
  const canvas = $(".paper");
  canvas.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button === 2) return;
    canvas.setPointerCapture(event.pointerId);
    remember();
    pointed(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!state.at || !event.isPrimary) return;
    const all = event.getCoalescedEvents?.() ?? [];
    (all.length ? all : [event]).forEach(pointed);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => (state.at = null));
  }
  canvas.addEventListener("keydown", typed);
  canvas.addEventListener("focus", changed);
  canvas.addEventListener("blur", () => {
    state.down = false;
    changed();
  });
  $(".undo").addEventListener("click", undo);
  $(".clear").addEventListener("click", clear);
  $(".eraser").addEventListener("click", ({ currentTarget }) => {
    state.erasing = !state.erasing;
    currentTarget.setAttribute("aria-pressed", state.erasing);
  });
  $(".centre").addEventListener("change", changed);
  $(".models").addEventListener("change", ({ target }) => choose(target.value));
  $(".scores").addEventListener("click", ({ target }) => {
    const index = Number(target.closest("button")?.dataset.class ?? NaN);
    if (Number.isNaN(index)) return;
    state.asked = state.asked === index ? null : index;
    changed();
  });
  const light = matchMedia("(prefers-color-scheme: dark)");
  light.addEventListener("change", () => {
    readColours();
    showGallery();
    changed();
  });
}

// --- the beginning ------------------------------------------------------------------------------

function showGallery() {
  [...$(".gallery").children].forEach((cell, n) =>
    inked(cell.lastElementChild, testImage(n), columns, rows),
  );
}

function fill() {
  const several = ABOUT.models.length > 1;
  $(".models").append(
    ...ABOUT.models.map(({ title }, n) => element("option", { value: n, textContent: title })),
  );
  $(".network").hidden = !several;
  $(".left-out").hidden = !ABOUT.left_out.length;
  $(".left-out").textContent = `Left out, to keep this page small: ${ABOUT.left_out.join(", ")}.`;
  $(".paper").ariaLabel = `Sheet to draw on, ${sheet.shape[1]} by ${sheet.shape[0]}`;
  $(".centre").checked = ABOUT.centred;
  $(".scores").append(
    ...classes.slice(0, classes.length > LISTED ? 10 : LISTED).map(() => {
      const bar = element("span", { className: "bar" }, element("i"));
      const [name, figure] = [element("span", { className: "name" }), element("span", { className: "figure" })];
      return element("li", {}, element("button", { type: "button" }, name, bar, figure));
    }),
  );
  $(".gallery").append(
    ...ABOUT.images.labels.map((label, n) => {
      const radio = element("input", { type: "radio", name: "test", ariaLabel: classes[label] });
      radio.addEventListener("click", () => lay(n));
      return element("label", { title: classes[label] }, radio, element("canvas"));
    }),
  );
  $(".tests").hidden = !ABOUT.images.labels.length;
  $(".about-likeness span").textContent = ABOUT.likeness?.words ?? "";
  $(".about-likeness").hidden = !ABOUT.likeness;
}

readColours();
fill();
showGallery();
listen();
choose(0);
show();
$(".words").textContent = words();
// For the console, and for tests: nothing of the page has a name outside of it.
HOST.scrawl = { about: ABOUT, sheet, state, shown, testImage, distance, centred, choose, contributions, show, lay, words };
