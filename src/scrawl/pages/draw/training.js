// Train here: the settings of a small network that learns in the page, and its display.

const BUSY = 12; // ms of a frame that are spent on steps
const JUDGED = 300; // training pictures that accuracy is measured on
const POINTS = 150; // of the chart; several batches share one

/** What is learnt from: the training pictures that the page has, a value for each cell. */
function lessons() {
  const { pictures, levels, grid } = ABOUT.likeness, cells = size(grid), labels = [...ABOUT.likeness.labels.values];
  const level = (at) => (at & 1 ? pictures.values[at >> 1] & 15 : pictures.values[at >> 1] >> 4);
  const inputs = labels.map((_, n) => new Float64Array(cells).map((_, i) => level(n * cells + i) / levels));
  return { inputs, labels };
}

const training = { lessons: null, tests: null, learner: null, losses: [], frame: 0 };

const knob = (name) => $(`.train [name="${name}"]`).value;
const batchSize = () => Number(knob("batch")) || training.lessons.labels.length;

function startAgain() {
  pauseTraining();
  const hidden = Number(knob("hidden"));
  training.learner = new Learner(training.lessons, classes.length, { hidden, activation: knob("activation") });
  training.losses = [];
  showTraining();
}

/** Make one step; where the loss is no number any more, say so and stop. */
function stepTraining() {
  training.losses.push(training.learner.step(Number(knob("rate")), batchSize()));
  if (!Number.isNaN(training.losses.at(-1))) return true;
  pauseTraining();
  return false;
}

function pauseTraining() {
  cancelAnimationFrame(training.frame);
  training.frame = 0;
  $(".run").textContent = "Train";
  $(".run").setAttribute("aria-pressed", false);
}

function runTraining() {
  if (training.frame) {
    pauseTraining();
    return showTraining();
  }
  if (diverged()) startAgain();
  const frame = () => {
    const end = performance.now() + BUSY;
    training.frame = requestAnimationFrame(frame);
    while (stepTraining() && performance.now() < end);
    showTraining();
  };
  $(".run").textContent = "Pause";
  $(".run").setAttribute("aria-pressed", true);
  frame();
}

const diverged = () => Number.isNaN(training.losses.at(-1));

/** Return some numbers in words: step, epoch, loss, accuracies. */
function progressWords() {
  const { learner, losses, tests, lessons } = training;
  if (diverged()) return "The loss is no longer a number: the learning rate is too high. Start again with a smaller one.";
  const some = { inputs: lessons.inputs.slice(0, JUDGED), labels: lessons.labels.slice(0, JUDGED) };
  const share = (examples) => `${number(100 * learner.accuracy(examples), 0)} %`;
  const words = [`Step ${learner.steps.toLocaleString("en")}, epoch ${number(learner.epochs)}`];
  if (losses.length) words.push(`loss ${number(mean(losses.slice(-20)), 3)}`);
  words.push(`right about ${share(some)} of ${counted(some.labels.length, "training picture")}`);
  if (tests.labels.length) words.push(`and ${share(tests)} of the ${counted(tests.labels.length, "test image")}`);
  return `${words.join(", ")}.`;
}

const mean = (values) => values.reduce((sum, one) => sum + one, 0) / values.length;

/** Return the losses as a line through means of equally many batches, and the highest of these. */
function lossLine(losses, wide, high) {
  const each = Math.ceil(losses.length / POINTS) || 1;
  const means = Array.from({ length: Math.ceil(losses.length / each) }, (_, k) => mean(losses.slice(k * each, (k + 1) * each)));
  const finite = means.filter(Number.isFinite), top = Math.max(...finite, Math.log(classes.length));
  const x = (k) => ((k * wide) / Math.max(finite.length - 1, 1)).toFixed(1);
  return [finite.map((loss, k) => `${k ? "L" : "M"}${x(k)} ${(high * (1 - loss / top)).toFixed(1)}`).join(""), top];
}

function showTraining() {
  if (!training.learner) return;
  const { network } = training.learner, first = network.layers[0], { grid } = ABOUT.likeness;
  $(".train .progress").textContent = progressWords();
  const [path, top] = lossLine(training.losses, 300, 100);
  $(".losses path").setAttribute("d", path);
  $(".losses .top").textContent = number(top);
  $(".losses .last").textContent = counted(training.losses.length, "step");
  const [n_in, units] = first.weights.shape;
  const each = new Float64Array(n_in * units).map((_, i) => first.weights.values[(i % n_in) * units + Math.floor(i / n_in)]);
  signed($(".weights canvas"), ...mosaic(each, [units, ...grid]), extreme(each));
  const whose = network.layers.length > 2 ? counted(units, "hidden unit") : counted(units, "class", "classes");
  $(".weights canvas").ariaLabel = $(".weights figcaption").textContent = `Weights of the ${whose}, each as a picture`;
  readDrawing();
}

/** Say what the learner makes of the drawing on the sheet. */
function readDrawing() {
  if (!training.learner) return;
  const empty = sheet.isEmpty() || diverged();
  const answers = empty ? [] : training.learner.network.forward(cellsOf(state.planes)), winner = best(answers);
  $(".train .reading").textContent = empty ? "" : `It reads your drawing as ${classes[winner]} (${number(100 * answers[winner], 0)} %).`;
}

function beginTraining() {
  $(".train").hidden = !ABOUT.likeness?.labels;
  if ($(".train").hidden) return;
  training.lessons = lessons();
  const { labels } = ABOUT.images;
  training.tests = { inputs: labels.map((_, n) => cellsOf(testImage(n))), labels };
  const [high, wide] = ABOUT.likeness.grid;
  $(".train .lessons").textContent = `${counted(training.lessons.labels.length, "training picture")} of ${wide} × ${high} cells`;
  $(".train .step").addEventListener("click", () => {
    pauseTraining();
    stepTraining();
    showTraining();
  });
  $(".run").addEventListener("click", runTraining);
  $(".train .again").addEventListener("click", startAgain);
  for (const name of ["hidden", "activation"]) $(`.train [name="${name}"]`).addEventListener("change", startAgain);
  startAgain();
}
