// Ink on a sheet: a round pen, an eraser, and what becomes of a drawing as an image of the dataset.

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

/** A sheet of paper, `zoom` times as fine as the images of the dataset. */
class Sheet {
  constructor(rows, columns, channels) {
    this.zoom = Math.max(1, Math.round(280 / Math.max(rows, columns)));
    this.image = [rows, columns];
    this.shape = [rows * this.zoom, columns * this.zoom];
    this.planes = Array.from({ length: channels }, () => new Float32Array(size(this.shape)));
  }

  isEmpty() {
    return !this.planes.some((plane) => plane.some((ink) => ink > 0));
  }

  /** Draw a line of a round pen from one point (x, y) to another, or rub one out. */
  line([x0, y0], [x1, y1], radius, erase = false) {
    const [rows, columns] = this.shape, reach = radius + 1;
    const dx = x1 - x0, dy = y1 - y0, length = dx * dx + dy * dy || 1;
    const within = (value, high) => Math.min(Math.max(Math.floor(value), 0), high);
    const end = [within(Math.max(x0, x1) + reach + 1, columns), within(Math.max(y0, y1) + reach + 1, rows)];
    for (let r = within(Math.min(y0, y1) - reach, rows); r < end[1]; r++) {
      for (let c = within(Math.min(x0, x1) - reach, columns); c < end[0]; c++) {
        const x = c + 0.5 - x0, y = r + 0.5 - y0;
        const along = Math.min(Math.max((x * dx + y * dy) / length, 0), 1);
        const distance = Math.hypot(x - along * dx, y - along * dy);
        const ink = Math.min(Math.max(radius + 0.5 - distance, 0), 1);
        for (const plane of this.planes) {
          const at = r * columns + c;
          plane[at] = erase ? Math.min(plane[at], 1 - ink) : Math.max(plane[at], ink);
        }
      }
    }
  }

  /** Lay an image of the dataset, planes of ink, on the sheet. */
  lay(planes) {
    const { zoom, shape: [, columns], image: [, width] } = this;
    this.planes = planes.map((plane) =>
      new Float32Array(size(this.shape)).map((_, i) => {
        const row = Math.floor(Math.floor(i / columns) / zoom);
        return plane[row * width + Math.floor((i % columns) / zoom)];
      }),
    );
  }

  clear() {
    for (const plane of this.planes) plane.fill(0);
  }

  /** Return the image that a network is shown, as planes of ink. */
  seen(centre) {
    if (centre) return centred(this.planes, this.shape, this.image);
    return this.planes.map((plane) => area(plane, this.shape, this.image));
  }
}
