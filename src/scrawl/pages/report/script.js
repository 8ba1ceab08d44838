"use strict";
(() => {
  const { names = "[]", short = "[]", columns, picture: pictureClass } = document.getElementById("names")?.dataset ?? {};
  const classes = JSON.parse(names), shortClasses = JSON.parse(short);
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

  // --- tables as CSV: cells with `data-csv` or `data-value` hold more than they show

  const csvOf = (table) => {
    const text = (cell) => {
      const given = cell.dataset.csv ?? cell.dataset.value ?? cell.querySelector("data")?.value;
      const words = given ?? cell.textContent.trim().replace(/\s+/g, " ").replaceAll("\u200b", "");
      return /[",\n]/.test(words) ? `"${words.replaceAll('"', '""')}"` : words;
    };
    return [...table.rows].map((row) => [...row.cells].map(text).join(",") + "\r\n").join("");
  };
  const save = (name, text) => {
    const link = made("a", "");
    link.href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
    link.download = name.replace(/[^\w.+-]+/g, "-") + ".csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };
  for (const button of all(".csv")) {
    const table = all("table[data-file]").findLast(
      (each) => each.compareDocumentPosition(button) & Node.DOCUMENT_POSITION_FOLLOWING,
    );
    button.addEventListener("click", () => save(table.dataset.file, csvOf(table)));
  }

  // --- YAML of an experiment: copied, or selected where the browser does not allow that

  for (const button of all(".copy")) {
    button.addEventListener("click", async () => {
      const source = all("[data-recipe]").find((each) => each.dataset.recipe === button.dataset.of);
      try {
        await navigator.clipboard.writeText(source.textContent);
        button.textContent = "Copied";
      } catch {
        source.closest("details").open = true;
        getSelection().selectAllChildren(source);
        source.scrollIntoView({ block: "center" });
      }
    });
  }

  // --- any two experiments compared

  const form = document.querySelector("form.compare");
  if (form) {
    const facts = JSON.parse(document.getElementById("pairs").textContent);
    const { first, second } = form.elements;
    const per = (share) => `${(100 * share).toFixed(2)}\u00a0%`;
    const short = (number) => (Number.isInteger(number) ? String(number) : number.toFixed(1));
    const tell = () => {
      const [i, j] = [first, second].map((each) => Number(each.value));
      const output = form.querySelector("output");
      const found = facts.all.find(([a, b]) => a === Math.min(i, j) && b === Math.max(i, j));
      if (!found) return void (output.textContent = "Choose two different experiments.");
      const [, , onlyBest, onlyOther, p, runs] = found;
      const [mine, theirs] = i < j ? [onlyBest, onlyOther] : [onlyOther, onlyBest];
      const [a, b] = [i, j].map((place) => facts.names[place]);
      const luck = p >= 0.05 ? "the difference can be luck" : p < 0.001 ? "the difference is hardly luck" : "the difference is probably not luck";
      const ensembles = [a, b].filter((name) => facts.ensembles[name]);
      const differ = facts.keys
        .map((key, place) => [key, facts.settings[a]?.[place], facts.settings[b]?.[place]])
        .filter(([, left, right]) => left !== right);
      const lines = [
        `${a}: ${per(facts.accuracies[i])}; ${b}: ${per(facts.accuracies[j])}.`,
        `${a} alone is right on ${short(mine)} test images, ${b} alone on ${short(theirs)}${runs > 1 ? ` (means of ${runs} seeds)` : ""}.`,
        `McNemar's exact test: p ${p < 0.001 ? "< 0.001" : `= ${p.toFixed(3)}`}; ${luck}.`,
        ...ensembles.map((name) => `${name} ${facts.ensembles[name]}.`),
        ...(ensembles.length ? [] : [`Settings that differ: ${differ.map(([key, left, right]) => `${key} ${left} and ${right}`).join("; ") || "none"}.`]),
      ];
      output.replaceChildren(...lines.map((line) => made("p", "", line)));
    };
    form.addEventListener("change", tell);
    form.addEventListener("submit", (event) => event.preventDefault());
    tell();
  }

  // --- when the file was written: the page itself holds no time, so that it can be made again

  for (const place of all(".when")) {
    const written = new Date(document.lastModified);
    if (Date.now() - written > 1000) place.textContent = ` This file was written on ${written.toLocaleString("en-GB", { dateStyle: "long", timeStyle: "short" })}.`;
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
      cursor.setAttribute("d", words.length ? `M${x} 22V214` : "");
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
    // The legend highlights a line under the pointer or the focus, and hides it on a click.
    const lines = all(".line", chart);
    all(".legend button", chart).forEach((button, place) => {
      const light = (on) => {
        chart.classList.toggle("lit", on);
        lines[place].classList.toggle("lit", on);
      };
      for (const event of ["pointerenter", "focus"]) button.addEventListener(event, () => light(true));
      for (const event of ["pointerleave", "blur"]) button.addEventListener(event, () => light(false));
      button.addEventListener("click", () => {
        const shown = button.ariaPressed === "true";
        button.ariaPressed = String(!shown);
        lines[place].classList.toggle("hidden", shown);
      });
    });
    svg.addEventListener("pointermove", nearest);
    svg.addEventListener("pointerdown", nearest);
    svg.addEventListener("pointerleave", () => show(-1));
    chart.addEventListener("blur", () => show(-1));
    chart.addEventListener("keydown", (event) => {
      if (event.target !== chart) return;
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
    const reset = section.querySelector(".reset"), matrix = section.querySelector(".matrix");
    const table = section.querySelector(".confusion");
    const first = { words: what.textContent, items: [...list.children] };

    const item = (label, answer, [slot, image, times, confidence]) => {
      const arrow = (names) => (label === answer ? names[label] : `${names[label]} → ${names[answer]}`);
      const words = arrow(classes);
      const of = seeds > 1 ? ` · ${times} of ${seeds}` : "";
      const element = document.createElement("li");
      element.append(
        picture(slot, `test image ${image}: ${words}`),
        made("span", "", arrow(shortClasses)),
        made("small", "", confidence.toFixed(3) + of),
      );
      element.title = `test image ${image}`;
      return element;
    };
    const press = (pressed) => {
      for (const button of all("[data-cell][aria-pressed=true]", matrix)) button.ariaPressed = "false";
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
      const [of, ...images] = cells[button.dataset.cell];
      const [label, answer] = button.dataset.cell.split("-");
      const some = images.length < of ? `${images.length} of its ${of} images are on this page` : of === 1 ? "1 image" : `${of} images`;
      const mean = button.dataset.count !== String(of) ? ` (${button.dataset.count} in the mean of ${seeds} seeds; here, those of any seed)` : "";
      what.textContent = label === answer
        ? `${classes[label]} recognised: ${some}${mean}, the least confident first`
        : `${classes[label]} taken for ${classes[answer]}: ${some}${mean}, the most confident first`;
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
      for (const other of all("[data-cell][tabindex='0']", table)) other.tabIndex = -1;
      button.tabIndex = 0;
      button.focus();
    };
    if (table) {
      all("[data-cell]", table).forEach((button, place) => (button.tabIndex = place ? -1 : 0));
      table.addEventListener("keydown", (event) => {
        const ways = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
        if (!ways[event.key]) return;
        step(event.target, ...ways[event.key]);
        event.preventDefault();
      });
    }
    matrix.addEventListener("click", (event) => {
      const button = event.target.closest("[data-cell]");
      if (!button) return;
      if (table?.contains(button)) move(button);
      if (button.ariaPressed === "true") back();
      else open(button);
    });
    matrix.addEventListener("keydown", (event) => {
      if (event.key === "Escape") back();
    });
    const rates = section.querySelector(".rates");
    rates?.addEventListener("click", () => {
      const shown = table.classList.toggle("shares");
      rates.ariaPressed = String(shown);
      rates.textContent = shown ? "Show counts" : "Show rates";
    });
    reset.addEventListener("click", back);
  }

  addEventListener("beforeprint", () => all("details").forEach((each) => (each.open = true)));
})();
