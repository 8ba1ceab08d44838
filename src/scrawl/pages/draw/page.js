// State of the page: the data that it was given, the sheet, the chosen network.

const HOST = document.currentScript.previousElementSibling;
const ROOT = HOST.attachShadow({ mode: "open" });
ROOT.append(HOST.querySelector("template").content);
const ABOUT = JSON.parse(HOST.querySelector("script").textContent, unpacked);

const $ = (selector) => ROOT.querySelector(selector);

/** Give a packed array, {type, shape, data}, its values. */
function unpacked(_, value) {
  if (typeof value?.data !== "string") return value;
  const { data, type, unit, ...rest } = value;
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  if (type === "int8") return { ...rest, values: Float32Array.from(new Int8Array(bytes.buffer), (one) => one * unit) };
  return { ...rest, values: type === "uint8" ? bytes : new Float32Array(bytes.buffer) };
}

const { rows, columns, channels, classes, paper, ink: full } = ABOUT;
const pixels = rows * columns;
const sheet = new Sheet(rows, columns, channels);
const state = {
  model: null, // the one of ABOUT.models that is looked into, with its `network`
  planes: null, all: null, outputs: null, far: null, // image, answers of all and of one, distance
  asked: null, // the class whose reasons are shown; null for the winner
  unit: null, // the unit that is explained: {stage, index, row, column}
  kept: [], // drawings of which the user said what they were: {planes, label, answers}
  past: [], // sheets to return to
  erasing: false,
  at: null, // where a pointer is that draws
  cursor: sheet.shape.map((side) => side / 2).reverse(), down: false, // the pen of the keyboard
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

/** Return the square roots of the ink in the cells of a coarse grid: scrawl.data.novelty. */
function cellsOf(planes) {
  const mean = (i) => planes.reduce((sum, plane) => sum + plane[i], 0) / channels;
  const grey = planes[0].map((_, i) => Math.min(Math.max(mean(i), 0), 1));
  return area(grey, [rows, columns], ABOUT.likeness.grid).map(Math.sqrt);
}

/** Return how far a picture is from the nearest of some training pictures: scrawl.data.novelty. */
function distance(planes) {
  const { pictures, levels } = ABOUT.likeness, roots = cellsOf(planes);
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
