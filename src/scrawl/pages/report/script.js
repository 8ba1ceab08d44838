"use strict";
(() => {
  const { names, columns, picture: pictureClass } = document.getElementById("names").dataset;
  const classes = JSON.parse(names);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const made = (tag, className, text = "") =>
    Object.assign(document.createElement(tag), { className, textContent: text });

  // --- tables: a click on a heading sorts by its column, another one turns the order around

  const valueOf = (row, column) => {
    const cell = row.cells[column];
    const given = cell.dataset.value ?? cell.querySelector("data")?.value ?? cell.textContent.trim();
    return given !== "" && isFinite(given) ? Number(given) : given;
  };
  const compared = (a, b) =>
    typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(b, "en", { numeric: true });

  for (const button of all(".sortable thead button")) {
    button.addEventListener("click", () => {
      const heading = button.parentElement;
      const body = heading.closest("table").tBodies[0];
      const rows = [...body.rows];
      const numbers = typeof valueOf(rows[0], heading.cellIndex) === "number";
      const before = heading.ariaSort;
      // Numbers are mostly asked for with the largest on top.
      const down = before ? before === "ascending" : numbers;
      for (const other of heading.parentElement.cells) other.removeAttribute("aria-sort");
      heading.ariaSort = down ? "descending" : "ascending";
      rows.sort((a, b) => (down ? -1 : 1) * compared(valueOf(a, heading.cellIndex), valueOf(b, heading.cellIndex)));
      body.append(...rows);
    });
  }

  // --- charts: the values nearest to the pointer, or step by step with the arrow keys

  for (const chart of all(".chart")) {
    const readings = JSON.parse(chart.dataset.readings);
    const svg = chart.querySelector(".plot svg"), cursor = chart.querySelector(".cursor");
    const output = chart.querySelector("output");
    let at = -1;
    const show = (index) => {
      at = index;
      const [x, words] = readings[at] ?? [0, []];
      cursor.setAttribute("d", words.length ? `M${x} 12V214` : "");
      output.textContent = words.join("\n");
      // On the side where the pointer is not.
      output.style.inset = x > 217 ? "5% auto auto 14%" : "5% 3% auto auto";
    };
    const nearest = (event) => {
      const box = svg.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * 400;
      const distances = readings.map(([place]) => Math.abs(place - x));
      show(distances.indexOf(Math.min(...distances)));
    };
    svg.addEventListener("pointermove", nearest);
    svg.addEventListener("pointerdown", nearest);
    svg.addEventListener("pointerleave", () => show(-1));
    chart.addEventListener("blur", () => show(-1));
    chart.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step) show(Math.min(Math.max(at + step, 0), readings.length - 1));
      else if (event.key === "Escape") show(-1);
      else return;
      event.preventDefault();
    });
  }

  // --- confusion matrices: a cell opens its images

  const picture = (slot, words) => {
    const element = made("i", pictureClass);
    element.role = "img";
    element.ariaLabel = words;
    element.style.setProperty("--x", slot % columns);
    element.style.setProperty("--y", Math.floor(slot / columns));
    return element;
  };

  for (const section of all(".experiment")) {
    const cells = JSON.parse(section.querySelector(".cells").textContent);
    const seeds = Number(section.dataset.seeds);
    const what = section.querySelector(".what"), list = section.querySelector(".gallery .pictures");
    const reset = section.querySelector(".reset"), table = section.querySelector(".confusion");
    const first = { words: what.textContent, items: [...list.children] };

    const item = (label, answer, [slot, image, times, confidence]) => {
      const words = label === answer ? label : `${label} → ${answer}`;
      const of = seeds > 1 ? ` · ${times} of ${seeds}` : "";
      const element = document.createElement("li");
      element.append(
        picture(slot, `test image ${image}: ${words}`),
        made("span", "", words),
        made("small", "", confidence.toFixed(3) + of),
      );
      element.title = `test image ${image}`;
      return element;
    };
    const press = (pressed) => {
      for (const button of all("[aria-pressed=true]", table)) button.ariaPressed = "false";
      if (pressed) pressed.ariaPressed = "true";
      reset.hidden = !pressed;
      list.parentElement.classList.toggle("open", Boolean(pressed));
    };
    const back = () => {
      what.textContent = first.words;
      list.replaceChildren(...first.items);
      press(null);
    };
    const open = (button) => {
      const cell = button.parentElement, pair = button.dataset.cell;
      const places = pair ? pair.split("-") : [cell.parentElement.sectionRowIndex, cell.cellIndex - 1];
      const [of, ...images] = cells[places.join("-")];
      const [label, answer] = places.map((place) => classes[place]);
      const some = images.length < of ? `${images.length} of its ${of} images are on this page` : of === 1 ? "1 image" : `${of} images`;
      what.textContent = label === answer
        ? `${label} recognised: ${some}, the least confident first`
        : `${label} taken for ${answer}: ${some}, the most confident first`;
      list.replaceChildren(...images.map((image) => item(label, answer, image)));
      press(button);
    };
    // One stop for the Tab key; the arrow keys go from cell to cell.
    const step = (button, down, right) => {
      const row = button.closest("tr"), rows = [...row.parentElement.rows];
      let y = rows.indexOf(row), x = button.closest("td").cellIndex;
      for (;;) {
        y += down;
        x += right;
        const next = rows[y]?.cells[x];
        if (!next || next.tagName === "TH") return;
        if (next.firstElementChild) return move(next.firstElementChild);
      }
    };
    const move = (button) => {
      for (const other of all("[tabindex='0']", table)) other.tabIndex = -1;
      button.tabIndex = 0;
      button.focus();
    };
    all("button", table).forEach((button, place) => (button.tabIndex = place ? -1 : 0));
    table.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      move(button);
      if (button.ariaPressed === "true") back();
      else open(button);
    });
    table.addEventListener("keydown", (event) => {
      const ways = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
      if (event.key === "Escape") back();
      else if (ways[event.key]) {
        step(event.target, ...ways[event.key]);
        event.preventDefault();
      }
    });
    reset.addEventListener("click", back);
  }

  addEventListener("beforeprint", () => all("details").forEach((one) => (one.open = true)));
})();
