// Watch it learn: snapshots of the chosen network from a few points of its training.

const PACE = 1200; // ms from one snapshot to the next

/** The snapshots of a model's training; the trained network is the last. */
const snapshotsOf = (model) => (model.snapshots.length ? [...model.snapshots, model] : []);

/** The snapshot that a model is shown at; the model itself where it is shown trained. */
const snapshotOf = (model) => model.snapshots[model.at] ?? model;

const snapshotWords = (snapshot) =>
  snapshot.steps === undefined ? "trained" : snapshot.steps ? `after ${counted(snapshot.steps, "step")}` : "before the first step";

/** The title of a model, with the snapshot that it is shown at. */
const titled = (model) => (model.at === undefined ? model.title : `${model.title}, ${snapshotWords(snapshotOf(model))}`);

/** Show a model at its n-th snapshot, in place of what was shown of it. */
function turnTo(model, n) {
  model.at = n < model.snapshots.length ? n : undefined;
  model.network = model.twin = null;
}

/** Show every model as it was trained. */
function trainedAgain() {
  stopWatching();
  for (const model of ABOUT.models) if (model.at !== undefined) turnTo(model, model.snapshots.length);
}

/** Look into a snapshot of the chosen network; the unit that is explained stays. */
function lookInto(n) {
  turnTo(state.model, n);
  choose(ABOUT.models.indexOf(state.model), state.unit);
}

function showSnapshots() {
  const all = snapshotsOf(state.model), slider = $(".snapshot input");
  $(".snapshot").hidden = !all.length;
  $(".no-snapshots").hidden = !!all.length || !ABOUT.models.some(({ snapshots }) => snapshots.length);
  if (!all.length) return;
  const snapshot = snapshotOf(state.model), { accuracy } = snapshot;
  slider.max = all.length - 1;
  slider.value = all.indexOf(snapshot);
  const right = accuracy === null ? "" : `: right about ${number(100 * accuracy)} % of the validation images`;
  slider.ariaValueText = $(".snapshot output").textContent = `${snapshotWords(snapshot)}${right}`;
}

let watching = 0;

function stopWatching() {
  clearInterval(watching);
  watching = 0;
  $(".watch").textContent = "Play";
}

/** Go through all snapshots of the chosen network, one after the other. */
function watch() {
  if (watching) return stopWatching();
  const model = state.model;
  lookInto(0);
  $(".watch").textContent = "Stop";
  watching = setInterval(() => {
    if (model !== state.model || model.at === undefined) return stopWatching();
    lookInto(model.at + 1);
    if (model.at === undefined) stopWatching();
  }, PACE);
}

function listenToSnapshots() {
  $(".snapshot input").addEventListener("input", ({ target }) => {
    stopWatching();
    lookInto(Number(target.value));
  });
  $(".watch").addEventListener("click", watch);
}
