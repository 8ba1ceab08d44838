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

// The types of IDX files: their number there, bytes a value, and the setter of a DataView.
const IDX_TYPES = {
  uint8: [0x08, 1, "setUint8"],
  int8: [0x09, 1, "setInt8"],
  int16: [0x0b, 2, "setInt16"],
  int32: [0x0c, 4, "setInt32"],
  float32: [0x0d, 4, "setFloat32"],
  float64: [0x0e, 8, "setFloat64"],
};

/** Return an IDX file of values of a type; of whole numbers, they are rounded. */
function idx(values, shape, type) {
  const [code, width, set] = IDX_TYPES[type] ?? IDX_TYPES.float32, head = 4 + 4 * shape.length;
  const view = new DataView(new ArrayBuffer(head + width * values.length));
  view.setUint8(2, code);
  view.setUint8(3, shape.length);
  shape.forEach((side, i) => view.setUint32(4 + 4 * i, side));
  const whole = type.includes("int");
  values.forEach((value, i) => view[set](head + width * i, whole ? Math.round(value) : value));
  return new Uint8Array(view.buffer);
}

/** Return an image's values with the axes of the dataset's files: scrawl.artifacts.appearance. */
function asStored(values) {
  const { shape, axes } = ABOUT.files, seen = axes.map((axis) => shape[axis]);
  return Array.from(values, (_, at) => {
    const places = shape.map((side, k) => Math.floor(at / size(shape.slice(k + 1))) % side);
    return values[axes.reduce((sum, axis, k) => sum * seen[k] + places[axis], 0)];
  });
}

/** Return the kept drawings as the two files of a test set. */
function dataset() {
  const { shape, type, numbers } = ABOUT.files, n = state.kept.length;
  const labels = state.kept.map(({ label }) => numbers[label]);
  const images = state.kept.flatMap(({ planes }) => asStored(shown(planes, { offset: 0, scale: 1 })));
  const bytes = numbers.every((one) => one >= 0 && one < 256);
  return {
    "test-images.idx": idx(images, [n, ...shape], type),
    "test-labels.idx": idx(labels, [n], bytes ? "uint8" : "int32"),
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

/** Return the hash of a link to the drawing and the chosen network. */
function hashOf() {
  const points = (stroke) => stroke.map((point) => point.map(Math.round).join(",")).join("_");
  return `#draw=${sheet.strokes.map(points).join(";")}&network=${encodeURIComponent(state.model.title)}`;
}

/** Return the strokes that a hash stands for, if they can be drawn; none of any other hash. */
function strokesOf(hash) {
  const text = new URLSearchParams(hash.slice(1)).get("draw") ?? "";
  const strokes = text.split(";").map((stroke) => stroke.split("_").map((point) => point.split(",").map(Number)));
  const points = strokes.flat(), [high, wide] = sheet.shape;
  const fits = ([x, y, ...more]) => x >= 0 && y >= 0 && x <= wide && y <= high && !more.length;
  return points.length <= MOST_POINTS && points.every(fits) ? strokes : [];
}

/** Draw what a hash says, in place of what is on the sheet. */
function drawHash(hash) {
  const strokes = strokesOf(hash), title = new URLSearchParams(hash.slice(1)).get("network");
  if (!strokes.length) return;
  const n = ABOUT.models.findIndex((model) => model.title === title);
  if (n >= 0) choose(n);
  clear();
  for (const stroke of strokes) {
    stroke.forEach((to, i) => sheet.line(stroke[Math.max(i - 1, 0)], to, radius(1)));
  }
}

function share() {
  const address = new URL(hashOf(), location.href).href;
  const field = $(".link");
  field.hidden = false;
  field.value = address;
  field.select();
  navigator.clipboard?.writeText(address).catch(() => {}); // where it is not allowed, the field is there
}
