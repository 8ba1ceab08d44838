// Watch it learn: snapshots of the chosen network from a few moments of its training.

const PACE = 1200; // ms from one moment to the next

/** The moments of a model's training; the trained network is the last. */
const momentsOf = (model) => (model.moments.length ? [...model.moments, model] : []);

/** The moment that a model is shown at; the model itself where it is shown trained. */
const momentOf = (model) => model.moments[model.at] ?? model;

const momentWords = (moment) =>
  moment.steps === undefined ? "trained" : moment.steps ? `after ${counted(moment.steps, "step")}` : "before the first step";

/** The title of a model, with the moment that it is shown at. */
const titled = (model) => (model.at === undefined ? model.title : `${model.title}, ${momentWords(momentOf(model))}`);

/** Show a model at its n-th moment, in place of what was shown of it. */
function turnTo(model, n) {
  model.at = n < model.moments.length ? n : undefined;
  model.network = model.twin = null;
}

/** Show every model as it was trained. */
function trainedAgain() {
  stopWatching();
  for (const model of ABOUT.models) if (model.at !== undefined) turnTo(model, model.moments.length);
}

/** Look into a moment of the chosen network; the unit that is explained stays. */
function lookInto(n) {
  turnTo(state.model, n);
  choose(ABOUT.models.indexOf(state.model), state.unit);
}

function showMoment() {
  const all = momentsOf(state.model), slider = $(".moment input");
  $(".moment").hidden = !all.length;
  $(".no-moments").hidden = !!all.length || !ABOUT.models.some(({ moments }) => moments.length);
  if (!all.length) return;
  const moment = momentOf(state.model), { accuracy } = moment;
  slider.max = all.length - 1;
  slider.value = all.indexOf(moment);
  const right = accuracy === null ? "" : `: right about ${number(100 * accuracy)} % of the validation images`;
  slider.ariaValueText = $(".moment output").textContent = `${momentWords(moment)}${right}`;
}

let watching = 0;

function stopWatching() {
  clearInterval(watching);
  watching = 0;
  $(".watch").textContent = "Play";
}

/** Go through all moments of the chosen network, one after the other. */
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

function listenToMoments() {
  $(".moment input").addEventListener("input", ({ target }) => {
    stopWatching();
    lookInto(Number(target.value));
  });
  $(".watch").addEventListener("click", watch);
}
