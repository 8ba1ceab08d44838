// Kept drawings: a tally of answers and true digits, exports, and links to a drawing.

const MOST_POINTS = 4000; // that a link is read for

// --- the tally ----------------------------------------------------------------------------------

/** Keep the drawing, with what the user says it is. */
function keep(label) {
  if (sheet.isEmpty()) return;
  const planes = state.planes.map((plane) => plane.slice());
  state.kept.push({ planes, label, answers: state.all.map(best) });
  showTally();
  clear();
}

function showTally() {
  const n = state.kept.length;
  const rights = ABOUT.models.map(({ title }, model) => {
    const right = state.kept.filter(({ label, answers }) => answers[model] === label).length;
    return `${title} ${right}`;
  });
  $(".tally").textContent = n
    ? `${counted(n, "drawing")} kept. Right about: ${rights.join(", ")}.`
    : "Say what a drawing was: it is kept until the page is closed, and the networks are scored.";
  for (const name of [".save-idx", ".forget"]) $(name).disabled = !n;
}

// --- files --------------------------------------------------------------------------------------

/** Return an IDX file: uint8 where the pixels of the dataset are such, else float32. */
function idx(values, shape, bytes) {
  const head = 4 + 4 * shape.length, width = bytes ? 1 : 4;
  const view = new DataView(new ArrayBuffer(head + width * values.length));
  view.setUint8(2, bytes ? 0x08 : 0x0d);
  view.setUint8(3, shape.length);
  shape.forEach((side, i) => view.setUint32(4 + 4 * i, side));
  values.forEach((value, i) =>
    bytes ? view.setUint8(head + i, Math.round(value)) : view.setFloat32(head + 4 * i, value),
  );
  return new Uint8Array(view.buffer);
}

/** Return the kept drawings as the two files of a test set. */
function dataset() {
  const images = state.kept.flatMap(({ planes }) => Array.from(shown(planes, { offset: 0, scale: 1 })));
  const bytes = [paper, full].every((value) => value >= 0 && value <= 255) && Math.abs(full - paper) > 1;
  const shape = [state.kept.length, rows, columns, ...(channels > 1 ? [channels] : [])];
  return {
    "test-images.idx": idx(images, shape, bytes),
    "test-labels.idx": idx(state.kept.map(({ label }) => label), [state.kept.length], true),
  };
}

function download(name, blob) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function saveIdx() {
  for (const [name, bytes] of Object.entries(dataset())) download(name, new Blob([bytes]));
}

/** Save the sheet as a picture: dark ink on white, whatever the page's colours. */
function savePng() {
  const canvas = element("canvas"), [high, wide] = sheet.shape;
  inked(canvas, sheet.planes, wide, high, [0, 0, 0]);
  const context = canvas.getContext("2d");
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = "#fff";
  context.fillRect(0, 0, wide, high);
  canvas.toBlob((blob) => download("drawing.png", blob));
}

// --- links --------------------------------------------------------------------------------------

/** Return the strokes of the sheet as the hash of a link. */
const hashOf = () =>
  "#draw=" +
  sheet.strokes
    .map((stroke) => stroke.map((point) => point.map(Math.round).join(",")).join("_"))
    .join(";");

/** Draw what a hash says, if it says something that can be drawn. */
function drawHash(hash) {
  if (!hash.startsWith("#draw=")) return;
  const strokes = hash.slice(6).split(";").map((stroke) => stroke.split("_").map((point) => point.split(",").map(Number)));
  const points = strokes.flat(), [high, wide] = sheet.shape;
  const fits = ([x, y, ...more]) => x >= 0 && y >= 0 && x <= wide && y <= high && !more.length;
  if (points.length > MOST_POINTS || !points.every(fits)) return;
  for (const stroke of strokes) {
    stroke.forEach((to, i) => sheet.line(stroke[Math.max(i - 1, 0)], to, radius(1)));
  }
  changed();
}

function share() {
  const address = new URL(hashOf(), location.href).href;
  const field = $(".link");
  field.hidden = false;
  field.value = address;
  field.select();
  navigator.clipboard?.writeText(address).catch(() => {}); // where it is not allowed, the field is there
}
