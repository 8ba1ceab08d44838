// Start of the page: handlers of pen, buttons and keys, and the updates that they cause.

const PEN = 0.042; // radius, of the sheet's longer side: scaled, about as broad as MNIST's
const UNDO = 50; // steps; a sheet of 280 × 280 takes 0.3 MB
const QUIET = 500; // ms without a change, after which the answer is said to a screen reader
const PAUSE = 60; // ms without a change, after which the pixels' contributions are computed
const STEPS = {
  ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
  Home: [-1, -1], PageUp: [1, -1], End: [-1, 1], PageDown: [1, 1],
};

// --- from a change to what is seen of it --------------------------------------------------------

let waiting = 0, quiet = 0, pause = 0;

/** Show the sheet as it is now: once a frame, however often it changes. */
function changed() {
  waiting ||= requestAnimationFrame(() => {
    waiting = 0;
    look();
  });
  clearTimeout(pause);
  pause = setTimeout(showReasons, PAUSE);
  clearTimeout(quiet);
  quiet = setTimeout(() => ($(".words").textContent = words()), QUIET);
}

/** Show everything at once. */
function show() {
  look();
  showReasons();
}

function look() {
  state.planes = sheet.seen($(".centre").checked, ABOUT.pen);
  state.all = answers(state.planes);
  state.outputs = state.all[ABOUT.models.indexOf(state.model)];
  state.far = ABOUT.likeness && distance(state.planes);
  $(".answer").dataset.strange = strange();
  showSheet();
  showSeen();
  showScores();
  showDiagram();
  readDrawing();
  $(".undo").disabled = !state.past.length;
  for (const name of [".what .buttons button", ".save-png", ".share"]) {
    for (const button of ROOT.querySelectorAll(name)) button.disabled = sheet.isEmpty();
  }
  $(".share").disabled ||= sheet.laid; // a link holds strokes, not images
}

/** Keep the sheet as it is, to return to. */
function remember() {
  state.past.push({ content: sheet.content, centre: $(".centre").checked });
  state.past.splice(0, state.past.length - UNDO);
}

function undo() {
  const before = state.past.pop();
  if (!before) return;
  sheet.content = before.content;
  $(".centre").checked = before.centre;
  changed();
}

/**
 * Forget what was asked of the drawing before: a class, a unit, units that are off, a snapshot of
 * training, a link.
 */
function unask() {
  state.asked = state.unit = null;
  $(".link").hidden = true;
  allOn();
  trainedAgain();
  choose(ABOUT.models.indexOf(state.model));
}

function clear() {
  remember();
  sheet.clear();
  erase(false);
  $(".centre").checked = ABOUT.centred;
  for (const radio of ROOT.querySelectorAll(".gallery input")) radio.checked = false;
  if (location.hash.startsWith("#draw=")) history.replaceState(null, "", location.href.split("#")[0]);
  unask();
}

/** Lay a test image on the sheet, as it is: it need not be centred, and is so if its dataset is. */
function lay(n) {
  remember();
  sheet.lay(testImage(n));
  $(".centre").checked = false;
  unask();
}

/** Take the eraser, or the pen. */
function erase(erasing) {
  state.erasing = erasing;
  $(".eraser").setAttribute("aria-pressed", erasing);
}

const radius = (factor = $(".width input").value) => PEN * Math.max(...sheet.shape) * factor;

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

const networkOf = (model) => (model.network ??= new Network(snapshotOf(model).layers, pixels * channels));

/** Return the outputs of every network for one image, planes of ink. */
const answers = (planes) =>
  ABOUT.models.map((model) => Array.from(networkOf(model).forward(shown(planes, model))));

function choose(n, unit = null) {
  state.model = ABOUT.models[n];
  state.unit = unit;
  buildDiagram(networkOf(state.model));
  showSnapshots();
  $(".looked-into").textContent = titled(state.model);
  $(".networks").children[n].firstElementChild.checked = true;
  $(".least").hidden = !state.model.probabilities;
  $(".meaning").textContent = state.model.probabilities
    ? "These probabilities add up to 100 %. Choose a class to see what speaks for it."
    : "Outputs of the last layer; the largest is the answer. Choose a class to see what speaks for it.";
  changed();
  mark(state.model);
}

/** Run every test image through the network, and mark those that it gets wrong. */
function mark(model, snapshot = snapshotOf(model), n = 0, right = 0) {
  if (model !== state.model || snapshot !== snapshotOf(model)) return;
  const { labels } = ABOUT.images, cells = $(".gallery").children;
  if (n === labels.length) {
    const all = right === n ? "all" : `${right} of`;
    const others = n - right === 1 ? "other is" : "others are";
    const rest = right === n ? "" : `; the ${others} framed`;
    $(".right").textContent = `${titled(model)}${model.at === undefined ? "" : ","} is right about ${all} these ${counted(n, "image")}${rest}.`;
    return;
  }
  const network = (model.twin ??= new Network(snapshotOf(model).layers, pixels * channels));
  const answer = best(network.forward(shown(testImage(n), model)));
  cells[n].classList.toggle("wrong", answer !== labels[n]);
  const words = answer === labels[n] ? "" : `, taken for ${classes[answer]}`;
  cells[n].firstElementChild.ariaLabel = `${classes[labels[n]]}${words} (test image ${n + 1})`;
  setTimeout(() => mark(model, snapshot, n + 1, right + (answer === labels[n])));
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
  $(".eraser").addEventListener("click", () => erase(!state.erasing));
  $(".centre").addEventListener("change", changed);
  $(".networks").addEventListener("change", ({ target }) => choose(target.value));
  listenToSnapshots();
  $(".least input").addEventListener("input", () => {
    showLeast();
    changed();
  });
  $(".switch").addEventListener("click", toggleUnit);
  $(".all-on").addEventListener("click", allOn);
  $(".what").addEventListener("click", ({ target }) => target.value && keep(Number(target.value)));
  $(".save-idx").addEventListener("click", saveIdx);
  $(".save-png").addEventListener("click", savePng);
  $(".share").addEventListener("click", share);
  addEventListener("hashchange", () => drawHash(location.hash)); // a link pasted into an open page
  $(".forget").addEventListener("click", () => {
    state.kept = [];
    showTally();
  });
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
    buildDiagram(state.model.network);
    changed();
  });
}

// --- the beginning ------------------------------------------------------------------------------

function showGallery() {
  [...$(".gallery").children].forEach((cell, n) =>
    inked(cell.lastElementChild, testImage(n), columns, rows),
  );
}

const showLeast = () => ($(".least output").textContent = `${$(".least input").value} %`);

/** A row for each network: chosen to be looked into by its radio button. */
function networkRow({ title }, n) {
  const radio = element("input", { type: "radio", name: "network", value: n });
  const name = element("span", { className: "name", textContent: title });
  const [answer, bar, figure] = ["winner", "bar", "figure"].map((className) => element("span", { className }));
  bar.append(element("i"));
  return element("label", {}, radio, name, answer, bar, figure);
}

function fill() {
  $(".networks").append(...ABOUT.models.map(networkRow));
  $(".what .buttons").append(
    ...classes.map((name, value) => element("button", { type: "button", value, textContent: name })),
  );
  const large = ABOUT.left_out.length ? `Left out, to keep this page small: ${ABOUT.left_out.join(", ")}.` : "";
  $(".left-out").textContent = [large, ABOUT.unknown].filter(Boolean).join(" ");
  $(".left-out").hidden = !$(".left-out").textContent;
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
  showLeast();
  showTally();
}

readColours();
fill();
showGallery();
listen();
choose(0);
beginTraining();
drawHash(location.hash);
show();
$(".words").textContent = words();
// For the console, and for tests: nothing of the page has a name outside of it.
HOST.scrawl = { about: ABOUT, radius, answers, sheet, state, shown, testImage, distance, centred, choose, contributions, noveltyScore, strange, look, show, lay, words, keep, dataset, hashOf, drawHash, explainUnit, toggleUnit, clear, lookInto, training, Learner };
