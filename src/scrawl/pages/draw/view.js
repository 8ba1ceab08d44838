// Rendering: texts and canvases, drawn from the state of the page.

const LISTED = 12; // classes that are listed in their own order; of more, the best ten are

// --- words --------------------------------------------------------------------------------------

const number = (value, digits = 1) =>
  value
    .toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })
    .replace("-", "−");
const score = (value) => {
  if (state.model.probabilities) return `${number(100 * value)} %`;
  return number(value, Math.abs(value) < 1000 ? 3 : 0);
};
const counted = (n, one, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

/** Say the answer, and why it may mean nothing. Of a drawing that is not known to be strange: nothing. */
function words() {
  if (sheet.isEmpty()) return "The sheet is empty: draw something, or choose a test image.";
  const [first, second] = ranking(state.outputs);
  const named = (index) => `${classes[index]} (${score(state.outputs[index])})`;
  let said = unsure() ? `I don’t know. Perhaps ${named(first)}` : `Looks like ${named(first)}`;
  if (second !== undefined) said += `, then ${named(second)}`;
  return strange() ? `${said}. ${STRANGE}` : `${said}.`;
}

const STRANGE =
  "But this is unusual: nineteen in twenty of the validation pictures are nearer to a training picture " +
  "or answered with more certainty, so the answer may mean nothing.";

/** Return the novelty score, scrawl.data.novelty, or null where it is not known what is usual. */
function noveltyScore() {
  const { novelty, at } = state.model; // known of the trained network
  if (!novelty || at !== undefined || sheet.isEmpty()) return null;
  const deviation = (value, [mean, spread]) => (value - mean) / spread;
  const certainty = deviation(Math.max(...state.outputs), novelty.certainty);
  return deviation(state.far, novelty.distance) - certainty;
}

/** Tell whether the drawing is unusual. */
const strange = () => noveltyScore() !== null && noveltyScore() > state.model.novelty.limit;

/** Tell whether an answer is less certain than the user asks for. */
const unsure = (outputs = state.outputs) =>
  state.model.probabilities && 100 * outputs[best(outputs)] < $(".least input").value;

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
function inked(canvas, planes, w, h, colour = colours.ink) {
  if (planes.length === 3) {
    const [low, high] = [Math.min(paper, full), Math.max(paper, full)];
    const bright = (ink) => (255 * (paper + ink * (full - paper) - low)) / (high - low);
    painted(canvas, w, h, (i) => planes.map((plane) => bright(plane[i])), () => 1);
  } else {
    painted(canvas, w, h, () => colour, (i) => planes[0][i]);
  }
}

/** Paint signed values, the largest in full colour. */
function signed(canvas, values, w, h, largest) {
  const { for: above, against: below } = colours;
  const tint = (i) => (values[i] > 0 ? above : below);
  painted(canvas, w, h, tint, (i) => Math.abs(values[i]) / largest);
}

const extreme = (values) => values.reduce((top, one) => Math.max(top, Math.abs(one)), 0) || 1;

function showSeen() {
  inked($(".seen"), state.planes, columns, rows);
  $(".seen").ariaLabel = `The image of ${columns} by ${rows} pixels that the network is shown`;
}

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
  $(".best .winner").textContent = empty ? "–" : unsure() ? "?" : classes[winner];
  $(".certainty").textContent = empty ? "" : score(state.outputs[winner]);
  showNetworks();
}

/** Show what every network answers. */
function showNetworks() {
  const empty = sheet.isEmpty();
  state.all.forEach((outputs, n) => {
    const [, name, answer, bar, figure] = $(".networks").children[n].children;
    const { probabilities, network } = ABOUT.models[n], winner = best(outputs);
    const off = network.layers.reduce((sum, layer) => sum + layer.off.size, 0);
    name.textContent = titled(ABOUT.models[n]) + (off ? `, ${counted(off, "unit")} off` : "");
    answer.textContent = empty ? "–" : classes[winner];
    bar.firstElementChild.style.width = empty ? 0 : `${100 * Math.min(Math.max(outputs[winner], 0), 1)}%`;
    const share = probabilities ? `${number(100 * outputs[winner], 0)} %` : number(outputs[winner], 2);
    figure.textContent = empty ? "" : share;
  });
}

/** Return how much each pixel's ink adds to the score of a class, (rows, columns). */
function contributions(index) {
  const blank = shown(state.planes.map(() => new Float64Array(pixels)), state.model);
  const values = shown(state.planes, state.model);
  const each = state.model.network.contributions(values, blank, index);
  return new Float64Array(pixels).map((_, i) =>
    each.subarray(i * channels, (i + 1) * channels).reduce((sum, one) => sum + one, 0),
  );
}

function showReasons() {
  const index = state.asked ?? best(state.outputs), empty = sheet.isEmpty();
  const spoke = empty ? new Float64Array(pixels) : contributions(index);
  signed($(".spoke"), spoke, columns, rows, extreme(spoke));
  $(".explained").textContent = empty && state.asked === null ? "" : classes[index];
  const [more, less] = [1, -1].map((sign) =>
    spoke.reduce((sum, one) => sum + Math.max(sign * one, 0), 0),
  );
  const sums = `For ${classes[index]}: ${number(more, 2)}; against it: ${number(less, 2)}`;
  $(".spoke").ariaLabel = sums;
  $(".sums").textContent = empty ? "" : `${sums}. The score is ${number(more - less, 2)} above that of an empty sheet.`;
}
