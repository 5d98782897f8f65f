// Plots: round ticks, units, one cursor for all of them, a table of the same figures, zoom by dragging.
//
// Drawn here, since the page must work without a network and what is fetched is not committed: ARCHITECTURE.md, libraries.

const SVG = "http://www.w3.org/2000/svg";
const drawn = (tag, attributes = {}, ...children) => {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
};
/* The least of 1, 2 and 5 times a power of ten that gives at most so many steps. */
function roundStep(spread, steps) {
  const rough = Math.max(spread / steps, Number.MIN_VALUE);
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough * 0.999_999);
}
const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400, 604_800];
const timeStep = (spread, steps) => TIME_STEPS.find((step) => spread / step <= steps) ?? roundStep(spread, steps);
const clockText = (second, step) => {
  const text = new Date(second * 1000).toISOString();
  return step >= 86_400 ? text.slice(5, 10) : step >= 60 ? text.slice(11, 16) : text.slice(11, 19);
};
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [460, 180, 46, 12, 12, 26];
const plots = new Set();
/* The second that the cursor of every plot stands at. */
let cursorAt = null;
function moveCursor(second) {
  cursorAt = second;
  for (const its of plots) its.showCursor();
}

/* A plot over seconds. `series`: name, class of colour, and a map from second to value; `bounds`: lines across, with a name. */
class Plot {
  constructor(title, unit) {
    this.title = title;
    this.unit = unit;
    this.zoom = null;
    this.series = [];
    this.bounds = [];
    this.svg = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", tabindex: 0, class: "plot" });
    this.legend = node("p", { class: "legend" });
    this.table = node("details", {}, node("summary", {}, "Table"), node("div", { class: "scroll" }));
    this.whole = button("Whole span", () => this.zoomTo(null), { class: "small", hidden: true });
    this.place = node("figure", {}, node("figcaption", {}, `${title}, ${unit} `, this.whole), this.legend, this.svg, this.table,
      button("Download as CSV", () => this.download()));
    this.svg.addEventListener("pointermove", (event) => this.pointed(event));
    this.svg.addEventListener("pointerleave", () => { if (this.from === undefined) moveCursor(null); });
    this.svg.addEventListener("pointerdown", (event) => { this.from = this.secondAt(event); this.svg.setPointerCapture(event.pointerId); });
    this.svg.addEventListener("pointerup", (event) => this.released(event));
    this.svg.addEventListener("keydown", (event) => this.pressed(event));
    this.table.addEventListener("toggle", () => this.showTable());
    plots.add(this);
  }

  show(series, bounds = []) {
    [this.series, this.bounds] = [series, bounds];
    const seconds = series.flatMap((its) => [...its.values.keys()]);
    this.seconds = [...new Set(seconds)].sort((one, other) => one - other);
    this.draw();
    this.showTable();
  }

  range() {
    if (this.zoom) return this.zoom;
    const [first, last] = [this.seconds[0] ?? 0, this.seconds.at(-1) ?? 1];
    return last - first < 10 ? [last - 10, last] : [first, last];
  }

  zoomTo(range) {
    this.zoom = range;
    this.whole.hidden = range === null;
    this.draw();
  }

  x(second) {
    const [from, to] = this.range();
    return LEFT + ((second - from) / (to - from)) * (WIDTH - LEFT - RIGHT);
  }

  y(value) {
    return HEIGHT - BOTTOM - (value / this.top) * (HEIGHT - TOP - BOTTOM);
  }

  draw() {
    const [from, to] = this.range();
    const inside = this.series.flatMap((its) => [...its.values].filter(([second]) => second >= from && second <= to).map(([, value]) => value));
    const most = Math.max(1, ...inside, ...this.bounds.filter((its) => its.value <= 2 * Math.max(...inside, 1)).map((its) => its.value));
    const valueStep = Math.max(1, roundStep(most, 4));
    this.top = Math.ceil(most / valueStep) * valueStep;
    const parts = [];
    for (let value = 0; value <= this.top; value += valueStep) {
      parts.push(drawn("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: this.y(value), y2: this.y(value) }),
        drawn("text", { class: "tick", x: LEFT - 6, y: this.y(value) + 4, "text-anchor": "end" }, thousands(value)));
    }
    const step = timeStep(to - from, 5);
    for (let second = Math.ceil(from / step) * step; second <= to; second += step) {
      parts.push(drawn("line", { class: "grid", x1: this.x(second), x2: this.x(second), y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM + 4 }),
        drawn("text", { class: "tick", x: this.x(second), y: HEIGHT - 8, "text-anchor": "middle" }, clockText(second, step)));
    }
    for (const { value, name } of this.bounds.filter((its) => its.value <= this.top)) {
      parts.push(drawn("line", { class: "bound", x1: LEFT, x2: WIDTH - RIGHT, y1: this.y(value), y2: this.y(value) }),
        drawn("text", { class: "tick", x: WIDTH - RIGHT, y: this.y(value) - 4, "text-anchor": "end" }, name));
    }
    for (const its of this.series) {
      const points = [...its.values].filter(([second]) => second >= from && second <= to);
      if (its.steps) {
        const stepped = points.map(([second, value], at) => `${at ? `H${this.x(second).toFixed(1)}V` : `M${this.x(second).toFixed(1)} `}${this.y(value).toFixed(1)}`).join("");
        // A mark at the end: a value that was seen once is a point, and no line.
        const [second, value] = points.at(-1) ?? [];
        parts.push(drawn("path", { class: `line ${its.colour}`, d: stepped }), ...(points.length ? [drawn("circle", { class: `mark ${its.colour}`, cx: this.x(second), cy: this.y(value), r: 3 })] : []));
      }
      // A bar for each second that has a value: between them there is nothing, and no line pretends that there is.
      else parts.push(drawn("path", { class: `bar ${its.colour}`, d: points.map(([second, value]) => `M${(this.x(second) + its.shift).toFixed(1)} ${this.y(0)}V${this.y(value).toFixed(1)}`).join("") }));
    }
    this.cursor = drawn("line", { class: "cursor", y1: TOP, y2: HEIGHT - BOTTOM });
    this.svg.replaceChildren(...parts, this.cursor);
    this.showCursor();
  }

  /* The second with figures that is nearest to the cursor. */
  nearest() {
    if (cursorAt === null || this.seconds.length === 0) return null;
    return this.seconds.reduce((best, second) => (Math.abs(second - cursorAt) < Math.abs(best - cursorAt) ? second : best));
  }

  showCursor() {
    const [from, to] = this.range();
    const second = this.nearest();
    const shown = second !== null && second >= from && second <= to;
    this.cursor.setAttribute("visibility", shown ? "visible" : "hidden");
    if (shown) for (const end of ["x1", "x2"]) this.cursor.setAttribute(end, this.x(second));
    const figures = this.series.map((its) => node("span", { class: its.colour }, `${its.name} ${shown ? thousands(its.values.get(second) ?? 0) : thousands([...its.values.values()].at(-1) ?? 0)} `));
    this.legend.replaceChildren(...figures, node("span", { class: "soft" }, shown ? `at ${clockText(second, 1)}` : "last"));
    this.svg.setAttribute("aria-label", `${this.title}: ${this.legend.textContent}. Arrow keys move the cursor.`);
  }

  secondAt(event) {
    const box = this.svg.getBoundingClientRect();
    const [from, to] = this.range();
    const part = ((event.clientX - box.left) * (WIDTH / box.width) - LEFT) / (WIDTH - LEFT - RIGHT);
    return from + Math.min(1, Math.max(0, part)) * (to - from);
  }

  pointed(event) {
    moveCursor(this.secondAt(event));
  }

  released(event) {
    const [from, to] = [this.from, this.secondAt(event)].sort((one, other) => one - other);
    this.from = undefined;
    if (to - from >= 3) this.zoomTo([Math.floor(from), Math.ceil(to)]);
  }

  pressed(event) {
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") this.zoomTo(null);
    if (!move || this.seconds.length === 0) return;
    event.preventDefault();
    const at = this.seconds.indexOf(this.nearest());
    moveCursor(this.seconds[at < 0 ? this.seconds.length - 1 : Math.min(this.seconds.length - 1, Math.max(0, at + move))]);
  }

  rows() {
    return this.seconds.map((second) => [new Date(second * 1000).toISOString().slice(0, 19), ...this.series.map((its) => its.values.get(second) ?? 0)]);
  }

  showTable() {
    if (!this.table.open) return;
    this.table.lastElementChild.replaceChildren(node("table", {}, node("thead", {}, node("tr", {}, node("th", {}, "second (UTC)"), this.series.map((its) => node("th", { class: "number" }, its.name)))),
      node("tbody", {}, this.rows().reverse().slice(0, 600).map(([at, ...values]) => node("tr", {}, node("td", {}, at), values.map((value) => node("td", { class: "number" }, thousands(value))))))));
  }

  download() {
    const text = [["second", ...this.series.map((its) => its.name)], ...this.rows()].map((row) => row.join(",")).join("\n");
    const address = URL.createObjectURL(new Blob([`${text}\n`], { type: "text/csv" }));
    node("a", { href: address, download: `${this.title.replaceAll(" ", "-")}.csv` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  }

  end() {
    plots.delete(this);
  }
}
