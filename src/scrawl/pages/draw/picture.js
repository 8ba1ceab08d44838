// The sheet: pen and eraser, and the conversion of a drawing into an image of the dataset.

/** Round as Python does: halves to the even number. */
function round(x) {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 ? below + 1 : below;
}

/** Resize rows of pixels: each new value is the mean of the old ones that it covers. */
function resized(values, n_in, n_out, n, step, stride) {
  // Reads lines `step` apart within and `stride` apart from each other; writes them packed.
  const out = new Float64Array(n * n_out);
  for (let k = 0; k < n_out; k++) {
    const begin = (k * n_in) / n_out, end = ((k + 1) * n_in) / n_out;
    for (let i = Math.floor(begin); i < Math.min(Math.ceil(end), n_in); i++) {
      const share = ((Math.min(end, i + 1) - Math.max(begin, i)) * n_out) / n_in;
      for (let line = 0; line < n; line++) {
        out[line * n_out + k] += share * values[line * stride + i * step];
      }
    }
  }
  return out;
}

/** Shrink or stretch an image (rows, columns) by means over areas. */
function area(values, [rows, columns], [h, w]) {
  const across = resized(values, columns, w, rows, 1, columns); // (rows, w)
  const down = resized(across, rows, h, w, w, 1); // (w, h)
  return new Float64Array(h * w).map((_, i) => down[(i % w) * h + Math.floor(i / w)]);
}

/** Where the ink on a sheet (rows, columns) begins and ends, or null where there is none. */
function bounds(ink, [rows, columns]) {
  let top = rows, left = columns, bottom = -1, right = -1;
  for (let r = 0, i = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++, i++) {
      if (ink[i] > 0) {
        [top, bottom] = [Math.min(top, r), r];
        [left, right] = [Math.min(left, c), Math.max(right, c)];
      }
    }
  }
  return bottom < 0 ? null : { top, left, rows: bottom - top + 1, columns: right - left + 1 };
}

const cut = (ink, columns, box) =>
  new Float64Array(box.rows * box.columns).map(
    (_, i) => ink[(box.top + Math.floor(i / box.columns)) * columns + box.left + (i % box.columns)],
  );

/** Where a row of ink begins when its centre of mass is moved to the centre of a field. */
function firstPixel(profile, side) {
  let mass = 0, moment = 0;
  profile.forEach((ink, i) => ([mass, moment] = [mass + ink, moment + i * ink]));
  return Math.min(Math.max(round(side / 2 - moment / mass), 0), side - profile.length);
}

/**
 * Scale and place a drawing as MNIST's are: what scrawl.data.centring.centre does, for several planes of
 * ink at once (the colours of a picture), which are moved together.
 */
function centred(planes, shape, [rows, columns]) {
  const field = planes.map(() => new Float64Array(rows * columns));
  const all = planes[0].map((_, i) => planes.reduce((sum, plane) => sum + plane[i], 0));
  const box = bounds(all, shape);
  if (!box) return field;
  const [high, wide] = [rows, columns].map((side) => Math.max(1, round((20 * side) / 28)));
  const tall = high * box.columns <= wide * box.rows;
  const [fit, of] = tall ? [high, box.rows] : [wide, box.columns];
  const h = Math.max(1, round((fit * box.rows) / of));
  const w = Math.max(1, round((fit * box.columns) / of));
  const scaled = planes.map((one) =>
    area(cut(one, shape[1], box), [box.rows, box.columns], [h, w]),
  );
  const down = new Float64Array(h), across = new Float64Array(w);
  for (const plane of scaled) {
    plane.forEach((ink, i) => {
      down[Math.floor(i / w)] += ink;
      across[i % w] += ink;
    });
  }
  const top = firstPixel(down, rows), left = firstPixel(across, columns);
  scaled.forEach((plane, k) =>
    plane.forEach((ink, i) => {
      field[k][(top + Math.floor(i / w)) * columns + left + (i % w)] = ink;
    }),
  );
  return field;
}

/**
 * Ink a line of a round pen from one point (x, y) to another on a sheet (rows, columns):
 * `visit(place, ink)` is called for each pixel near it.
 */
function capsule([rows, columns], [x0, y0], [x1, y1], radius, visit) {
  const reach = radius + 1, dx = x1 - x0, dy = y1 - y0, length = dx * dx + dy * dy || 1;
  const within = (value, high) => Math.min(Math.max(Math.floor(value), 0), high);
  const right = within(Math.max(x0, x1) + reach + 1, columns);
  const bottom = within(Math.max(y0, y1) + reach + 1, rows);
  for (let r = within(Math.min(y0, y1) - reach, rows); r < bottom; r++) {
    for (let c = within(Math.min(x0, x1) - reach, columns); c < right; c++) {
      const x = c + 0.5 - x0, y = r + 0.5 - y0;
      const along = Math.min(Math.max((x * dx + y * dy) / length, 0), 1);
      const distance = Math.hypot(x - along * dx, y - along * dy);
      visit(r * columns + c, Math.min(Math.max(radius + 0.5 - distance, 0), 1));
    }
  }
}

const same = (one, other) => one[0] === other[0] && one[1] === other[1];

/** The segments [from, to] of strokes; a stroke of one point is a dot. */
const segments = (strokes) =>
  strokes.flatMap((stroke) => stroke.map((to, i) => [stroke[Math.max(i - 1, 0)], to]));

/** Where strokes begin and how far they reach: {low: [x, y], sides: [width, height]}. */
function extent(strokes) {
  const low = [Infinity, Infinity], high = [-Infinity, -Infinity];
  for (const point of strokes.flat()) {
    for (const axis of [0, 1]) {
      low[axis] = Math.min(low[axis], point[axis]);
      high[axis] = Math.max(high[axis], point[axis]);
    }
  }
  return { low, sides: high.map((end, axis) => end - low[axis]) };
}

/**
 * The slant of strokes inked by a pen of some width: the slope of the regression of the ink's x on
 * its height. The ink is that of thin lines, spread by the variance of a disc.
 */
function slantOf(strokes, width) {
  let mass = 0, x = 0, y = 0, xy = 0, yy = 0;
  for (const [[x0, y0], [x1, y1]] of segments(strokes)) {
    const length = Math.hypot(x1 - x0, y1 - y0), u = (x0 + x1) / 2, v = (y0 + y1) / 2;
    mass += length;
    x += length * u;
    y += length * v;
    xy += length * (u * v + ((x1 - x0) * (y1 - y0)) / 12);
    yy += length * (v * v + (y1 - y0) ** 2 / 12);
  }
  if (!mass) return 0;
  return -(xy / mass - (x / mass) * (y / mass)) / (yy / mass - (y / mass) ** 2 + width ** 2 / 16);
}

/**
 * Ink strokes again as training images are (scrawl.pages.draw.pen): with a pen of their width
 * relative to the drawing's size, straightened where they lean more than is usual.
 *
 * Returns {ink, shape} of a sheet on which the drawing is `zoom` times as large as in an image.
 */
function reinked(strokes, { width, slants }, [rows, columns], zoom) {
  const room = ([w, h]) => {
    const [wide, high] = [columns, rows].map((side) => Math.max((20 * side) / 28 - width, 1));
    return Math.min(wide / w, high / h);
  };
  const lean = slantOf(strokes, width / room(extent(strokes).sides));
  const change = Math.min(Math.max(lean, slants[0]), slants[1]) - lean;
  const upright = strokes.map((stroke) => stroke.map(([x, y]) => [x - change * y, y]));
  const { low, sides } = extent(upright), radius = (width * zoom) / 2;
  const scale = Number.isFinite(room(sides)) ? zoom * room(sides) : 1;
  const moved = upright.map((stroke) =>
    stroke.map((point) => point.map((at, axis) => (at - low[axis]) * scale + radius + 0.5)),
  );
  const shape = sides.map((side) => Math.ceil(side * scale + 2 * radius + 1)).reverse();
  const ink = new Float32Array(size(shape));
  for (const [from, to] of segments(moved)) {
    capsule(shape, from, to, radius, (at, amount) => (ink[at] = Math.max(ink[at], amount)));
  }
  return { ink, shape };
}

/** Points at most `step` apart along a stroke. */
function evenly(stroke, step) {
  return stroke.flatMap((to, i) => {
    const from = stroke[Math.max(i - 1, 0)];
    const n = Math.max(Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / step), 1);
    const between = (k) => from.map((at, axis) => at + ((to[axis] - at) * k) / n);
    return i ? Array.from({ length: n }, (_, k) => between(k + 1)) : [to];
  });
}

/** What is left of a stroke where a rubber passes from one point to another: pieces of it. */
function rubbed(stroke, [x0, y0], [x1, y1], radius) {
  const dx = x1 - x0, dy = y1 - y0, length = dx * dx + dy * dy || 1;
  const covered = ([x, y]) => {
    const along = Math.min(Math.max(((x - x0) * dx + (y - y0) * dy) / length, 0), 1);
    return Math.hypot(x - x0 - along * dx, y - y0 - along * dy) < radius;
  };
  const near = evenly(stroke, 1);
  if (!near.some(covered)) return [stroke];
  const pieces = [[]];
  for (const point of near) {
    if (covered(point)) pieces.push([]);
    else pieces.at(-1).push(point);
  }
  return pieces.filter((piece) => piece.length);
}

/**
 * A sheet of paper, `zoom` times as fine as the images of the dataset.
 *
 * It holds what is seen of it, `planes` of ink, and the `strokes` of the pen, lists of points; these
 * tell all of the drawing unless an image was laid below them.
 */
class Sheet {
  constructor(rows, columns, channels) {
    this.zoom = Math.max(1, Math.round(280 / Math.max(rows, columns)));
    this.image = [rows, columns];
    this.shape = [rows * this.zoom, columns * this.zoom];
    this.planes = Array.from({ length: channels }, () => new Float32Array(size(this.shape)));
    this.clear();
  }

  isEmpty() {
    return !this.planes.some((plane) => plane.some((ink) => ink > 0));
  }

  /** Draw a line of a round pen from one point (x, y) to another, or rub one out. */
  line(from, to, radius, erase = false) {
    capsule(this.shape, from, to, radius, (at, ink) => {
      for (const plane of this.planes) {
        plane[at] = erase ? Math.min(plane[at], 1 - ink) : Math.max(plane[at], ink);
      }
    });
    const last = this.strokes.at(-1);
    if (erase) this.strokes = this.strokes.flatMap((one) => rubbed(one, from, to, radius));
    else if (last && same(last.at(-1), from)) last.push(to);
    else this.strokes.push(same(from, to) ? [to] : [from, to]);
  }

  /** Lay an image of the dataset, planes of ink, on the sheet. */
  lay(planes) {
    const { zoom, shape: [, columns], image: [, width] } = this;
    this.clear();
    this.laid = true;
    this.planes = planes.map((plane) =>
      new Float32Array(size(this.shape)).map((_, i) => {
        const row = Math.floor(Math.floor(i / columns) / zoom);
        return plane[row * width + Math.floor((i % columns) / zoom)];
      }),
    );
  }

  clear() {
    for (const plane of this.planes) plane.fill(0);
    this.strokes = [];
    this.laid = false;
  }

  /** Return all that is on the sheet, and put it back. */
  get content() {
    const planes = this.planes.map((plane) => plane.slice());
    return { planes, strokes: this.strokes.map((stroke) => [...stroke]), laid: this.laid };
  }

  set content({ planes, strokes, laid }) {
    Object.assign(this, { planes, strokes, laid });
  }

  /**
   * Return the image that a network is shown, as planes of ink: the sheet as it is, or scaled and
   * placed as the training images are, and inked with their `pen` where it is known.
   */
  seen(centre, pen) {
    if (!centre) return this.planes.map((plane) => area(plane, this.shape, this.image));
    if (this.laid || !this.strokes.length || !pen) {
      return centred(this.planes, this.shape, this.image);
    }
    const { ink, shape } = reinked(this.strokes, pen, this.image, this.zoom);
    return centred(this.planes.map(() => ink), shape, this.image);
  }
}
