// Draws each plot of the page from the table below it, or from figures that the page hands over while they change. Plots with the
// same axis share one cursor and one zoom.
const second = 1e6;
const spans = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400].map((it) => it * second);
const grouped = (number) => number.toLocaleString("en");
const clockOf = (micros) => {
  const all = Math.floor(micros / second), part = Math.round(micros % second / 1000);
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(all / 3600), minutes = Math.floor(all / 60) % 60;
  const text = hours ? `${hours}:${two(minutes)}:${two(all % 60)}` : `${minutes}:${two(all % 60)}`;
  return part ? `${text}.${String(part).padStart(3, "0")}` : text;
};
/// A moment of the calendar, as fine as its neighbours are apart.
const dateOf = (micros, step) => {
  const text = new Date(micros / 1000).toISOString();
  return step >= 86400 * second ? text.slice(5, 10) : step >= 60 * second ? text.slice(11, 16) : text.slice(11, 19);
};
/// 1, 2 or 5 times a power of ten, at least so large that `span` has no more than `parts` of it.
const roundStep = (span, parts) => {
  const least = Math.max(span / parts, 1e-9), scale = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((it) => it * scale).find((it) => it >= least * (1 - 1e-9));
};
const timeStep = (span, parts) => span < second
  ? roundStep(span, parts)
  : spans.find((it) => span / it <= parts) ?? 86400 * second * roundStep(span / 86400 / second, parts);
const ticksOf = (low, high, step) => {
  const ticks = [];
  for (let number = Math.ceil(low / step - 1e-9); number * step <= high + step * 1e-6; number += 1) {
    // Without the sum, which makes nought of minus nought, a tick would read -0.
    ticks.push(number * step + 0);
  }
  return ticks;
};
/// The scale of values: from nought, unless all are far above it; by powers of ten where lines are far apart.
const valueScale = (values, byPowers) => {
  const most = Math.max(0, ...values), least = Math.min(most, ...values);
  if (byPowers) {
    const top = Math.max(1, Math.ceil(Math.log10(most + 1)));
    const ticks = [0, ...Array.from({ length: top + 1 }, (_, power) => 10 ** power)];
    // Without 1, whose words would stand in those of 0.
    const place = (it) => Math.log10(it + 1) / Math.log10(10 ** top + 1);
    return { ticks: ticks.filter((it, at) => at === 0 || (at > 1 && (at - 1) % Math.ceil(top / 5) === 0)), place };
  }
  const bottom = least * 2 > most && most > 4 ? least : 0;
  const step = Math.max(1, roundStep(Math.max(most - bottom, 1), 4));
  const low = Math.floor(bottom / step) * step, high = Math.max(low + step, Math.ceil(most / step) * step);
  return { ticks: ticksOf(low, high, step), place: (it) => (it - low) / (high - low) };
};
const wantsPowers = (peaks) => {
  const some = peaks.filter((it) => it > 0);
  return some.length > 1 && Math.max(...some) >= 100 * Math.min(...some);
};

/// The figures of a plot, read from its table. `places`: where on the axis; `lines`: name, class of colour, a value for each place, and
/// how it is drawn; `bands`: spans with a name; `bounds`: lines across with a name; `gap`: the least distance of two places.
const readFigures = (figure) => {
  const [from, gap] = [Number(figure.dataset.from), Number(figure.dataset.step)];
  const rows = [...figure.querySelectorAll(".data tbody tr")].map((row) => [...row.cells].slice(1).map((cell) => Number(cell.textContent)));
  const names = [...figure.querySelectorAll(".data thead th")].slice(1).map((cell) => cell.textContent);
  const places = rows.map((_, place) => from + place * gap);
  const lines = names.map((name, line) => ({ name, colour: `c${line + 1}`, values: rows.map((row) => row[line]), drawn: "line" }));
  const bands = [...figure.querySelectorAll(".bands li")].map((band) => ({ from: Number(band.dataset.from), until: Number(band.dataset.until), name: band.textContent }));
  return { places, lines, bands, bounds: [], gap, whole: [from, Number(figure.dataset.end ?? places.at(-1) ?? from)] };
};

class Plot {
  constructor(figure, figures) {
    this.figure = figure;
    this.axis = figure.dataset.axis;
    this.box = figure.querySelector(".plot");
    this.legend = [...figure.querySelectorAll(".legend [data-value]")];
    this.before = this.legend.map((value) => value.textContent);
    this.build();
    this.take(figures);
  }
  /// Shows other figures; the zoom stays.
  take(figures) {
    Object.assign(this, figures);
    this.last = Math.max(this.places.length - 1, 0);
    this.byPowers = this.chosenPowers ?? wantsPowers(this.lines.map(({ values }) => Math.max(0, ...values)));
    this.powers.setAttribute("aria-pressed", this.byPowers);
    this.shown = this.zoomed ?? this.whole;
    this.draw();
  }
  zoomTo(ends) {
    this.zoomed = ends;
    this.shown = ends ?? this.whole;
    this.draw();
  }
  say(value, step = second) {
    if (this.axis === "seed") return grouped(Math.round(value));
    return this.axis === "UTC" ? dateOf(value, step) : clockOf(value);
  }
  share(value) { return (value - this.shown[0]) / Math.max(this.shown[1] - this.shown[0], 1); }
  nearest(value) { return this.places.reduce((best, at, place) => (Math.abs(at - value) < Math.abs(this.places[best] - value) ? place : best), 0); }
  build() {
    this.box.innerHTML = "<div class='y' aria-hidden='true'></div><div class='area' aria-hidden='true'><svg preserveAspectRatio='none'></svg>" +
      "<div class='names'></div><div class='bounds'></div><span class='cursor' hidden></span><span class='brush' hidden></span></div><div class='x' aria-hidden='true'></div><output class='now' aria-live='polite'></output>";
    const tools = document.createElement("p");
    tools.className = "tools";
    const tool = (text, act) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = text;
      button.addEventListener("click", () => act(button));
      tools.append(button);
      return button;
    };
    this.reset = tool("Show all", () => zoom(this.axis, null));
    this.powers = tool("Log scale", () => { this.chosenPowers = this.byPowers = !this.byPowers; this.powers.setAttribute("aria-pressed", this.byPowers); this.draw(); });
    tool("Download CSV", () => this.download());
    this.box.after(tools);
    const area = this.box.querySelector(".area");
    const value = (event) => {
      const box = area.getBoundingClientRect();
      const part = Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
      return this.shown[0] + part * (this.shown[1] - this.shown[0]);
    };
    let begun = null;
    area.addEventListener("pointerdown", (event) => { begun = value(event); area.setPointerCapture(event.pointerId); });
    area.addEventListener("pointermove", (event) => {
      point(this.axis, value(event));
      if (begun !== null) this.brush(begun, value(event));
    });
    area.addEventListener("pointerup", (event) => {
      const ends = [begun, value(event)].sort((one, other) => one - other);
      begun = null;
      this.brush(0, 0);
      // A click is no zoom, and a stretch without two places has no line.
      if (ends[1] - ends[0] >= 2 * this.gap) zoom(this.axis, ends);
    });
    area.addEventListener("pointercancel", () => { begun = null; this.brush(0, 0); });
    area.addEventListener("pointerleave", () => point(this.axis, null));
    area.addEventListener("dblclick", () => zoom(this.axis, null));
    this.box.addEventListener("blur", () => point(this.axis, null));
    this.box.addEventListener("keydown", (event) => this.key(event));
  }
  key(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10, Home: -this.last - 1, End: this.last + 1 };
    const zooms = { "+": 0.5, "=": 0.5, "-": 2, 0: Infinity };
    if (event.key === "Escape") { point(this.axis, null); zoom(this.axis, null); return; }
    if (event.key in zooms) {
      event.preventDefault();
      const half = (this.shown[1] - this.shown[0]) * zooms[event.key] / 2;
      const middle = this.cursor ?? (this.shown[0] + this.shown[1]) / 2;
      const ends = [Math.max(this.whole[0], middle - half), Math.min(this.whole[1], middle + half)];
      if (ends[1] - ends[0] >= 2 * this.gap || half === Infinity) zoom(this.axis, half === Infinity ? null : ends);
    } else if (event.key in steps) {
      event.preventDefault();
      if (this.places.length === 0) return;
      // To the left of the first there is nothing: the first step goes there, or, back, to the newest.
      const now = this.cursor === undefined ? (event.key === "ArrowLeft" ? this.last + 1 : -1) : this.nearest(this.cursor);
      const place = Math.max(0, Math.min(this.last, now + steps[event.key]));
      point(this.axis, this.places[place]);
      this.box.querySelector(".now").textContent = `${this.say(this.places[place])}: ` + this.lines.map(({ name, values }) => `${name} ${values[place]}`).join(", ");
    }
  }
  draw() {
    const [low, high] = this.shown;
    const after = this.places.findIndex((at) => at >= high), end = after < 0 ? this.last : after;
    const first = Math.max(0, this.places.findLastIndex((at) => at <= low));
    const seen = this.lines.map(({ values }) => values.slice(first, end + 1));
    const most = Math.max(0, ...seen.flat());
    // A bound that is far above all values would press them to the ground.
    const bounds = this.bounds.filter(({ value }) => value <= 2 * most);
    const ground = this.lines.some(({ drawn }) => drawn !== "line") ? [0] : [];
    const scale = valueScale([...seen.flat(), ...bounds.map(({ value }) => value), ...ground], this.byPowers);
    const span = Math.max(high - low, 1);
    const y = (value) => (1000 - scale.place(value) * 1000).toFixed(1);
    const x = (value) => (this.share(value) * 1000).toFixed(2);
    // As many ticks as have room for their words.
    const parts = Math.max(2, Math.min(8, Math.floor(this.box.clientWidth / 80)));
    const step = this.axis === "seed" ? Math.max(1, roundStep(span, parts)) : timeStep(span, parts);
    const across = ticksOf(low, high, step);
    const bands = this.bands.filter((band) => band.until >= low && band.from <= high);
    const cut = (value) => Math.max(low, Math.min(high, value));
    const rects = bands.map((band) => `<rect class="fault" x="${x(cut(band.from))}" y="0" width="${Math.max(1, x(cut(band.until)) - x(cut(band.from)))}" height="1000"/>`);
    const rows = scale.ticks.map((tick) => `<line class="grid" x1="0" x2="1000" y1="${y(tick)}" y2="${y(tick)}"/>`);
    const columns = across.map((tick) => `<line class="grid" x1="${x(tick)}" x2="${x(tick)}" y1="0" y2="1000"/>`);
    const limits = bounds.map(({ value }) => `<line class="bound" x1="0" x2="1000" y1="${y(value)}" y2="${y(value)}"/>`);
    const pixel = 1000 / Math.max(this.box.querySelector(".area").clientWidth, 100);
    const lines = this.lines.map(({ colour, drawn }, number) => {
      const places = this.places.slice(first, end + 1), values = seen[number];
      const at = values.map((value, place) => `${x(places[place])},${y(value)}`);
      // A bar for each place that has a value: between them there is nothing, and no line pretends that there is. Bars of two lines
      // stand beside each other.
      if (drawn === "bars") return `<path class="${colour}" d="${values.map((value, place) => (value ? `M${(Number(x(places[place])) + (number * 2 - this.lines.length + 1) * pixel).toFixed(2)} ${y(0)}V${y(value)}` : "")).join("")}"/>`;
      // A value holds until the next, and has a mark at its end: seen once, it is a point.
      if (drawn === "steps") return `<path class="${colour}" d="${at.map((it, place) => (place ? `H${x(places[place])}V${y(values[place])}` : `M${it}`)).join("")}"/><path class="end ${colour}" d="${at.length ? `M${at.at(-1)}h.01` : ""}"/>`;
      // A single place has no line: it is drawn as one across the whole plot.
      return `<polyline class="${colour}" points="${at.length === 1 ? `0,${y(values[0])} 1000,${y(values[0])}` : at.join(" ")}"/>`;
    });
    const svg = this.box.querySelector("svg");
    svg.setAttribute("viewBox", "0 0 1000 1000");
    svg.innerHTML = [...rects, ...rows, ...columns, ...limits, ...lines].join("");
    this.put(".y", scale.ticks, (tick) => `bottom:${(scale.place(tick) * 100).toFixed(2)}%`, grouped);
    this.box.querySelector(".y").style.width = `${Math.max(...scale.ticks.map((tick) => grouped(tick).length))}ch`;
    this.put(".x", across, (tick) => `left:${(this.share(tick) * 100).toFixed(2)}%`, (tick) => this.say(tick, step));
    // A name that would begin in the one before it, or hang over the edge, is left out; the list of faults has it.
    let free = 0;
    const named = bands.filter((band) => {
      const left = this.share(cut(band.from)), long = (band.name.length * 6.6 + 8) / Math.max(this.box.clientWidth - 50, 100);
      if (left < free || left + long > 1) return false;
      free = left + long;
      return true;
    });
    this.put(".names", named, (band) => `left:${(this.share(cut(band.from)) * 100).toFixed(2)}%`, (band) => band.name);
    this.put(".bounds", bounds, ({ value }) => `bottom:${(scale.place(value) * 100).toFixed(2)}%`, ({ name }) => name);
    this.reset.disabled = low === this.whole[0] && high === this.whole[1];
    this.move(this.cursor);
  }
  put(where, all, style, text) {
    this.box.querySelector(where).replaceChildren(...all.map((it) => {
      const span = document.createElement("span");
      span.style.cssText = style(it);
      span.textContent = text(it);
      return span;
    }));
  }
  brush(one, other) {
    const brush = this.box.querySelector(".brush"), [low, high] = [Math.min(one, other), Math.max(one, other)];
    brush.hidden = low === high;
    brush.style.left = this.share(low) * 100 + "%";
    brush.style.width = (this.share(high) - this.share(low)) * 100 + "%";
  }
  move(value) {
    this.cursor = value ?? undefined;
    const cursor = this.box.querySelector(".cursor");
    const hidden = value === undefined || value === null || this.places.length === 0 || value < this.shown[0] || value > this.shown[1];
    cursor.hidden = hidden;
    const place = hidden ? 0 : this.nearest(value);
    if (!hidden) cursor.style.left = Math.max(0, Math.min(1, this.share(this.places[place]))) * 100 + "%";
    this.legend.forEach((text, line) => { text.textContent = hidden ? this.before[line] : grouped(this.lines[line].values[place]); });
    this.box.querySelector(".now").textContent = hidden ? "" : `at ${this.say(this.places[place])}`;
  }
  download() {
    const cell = (text) => `"${String(text).replaceAll('"', '""')}"`;
    const head = [{ seed: "seed", UTC: "second" }[this.axis] ?? "microseconds", ...this.lines.map(({ name }) => name)].map(cell).join(",");
    const rows = this.places.map((at, place) => [this.axis === "UTC" ? new Date(at / 1000).toISOString().slice(0, 19) : at, ...this.lines.map(({ values }) => values[place])].join(","));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([[head, ...rows, ""].join("\n")], { type: "text/csv" }));
    link.download = this.figure.querySelector("h3").firstChild.textContent.trim().toLowerCase().replaceAll(" ", "-") + ".csv";
    link.click();
    URL.revokeObjectURL(link.href);
  }
}
let plots = [];
const drawPlots = () => { plots = [...document.querySelectorAll("figure.chart")].map((figure) => new Plot(figure, readFigures(figure))); };
const point = (axis, value) => plots.filter((plot) => plot.axis === axis).forEach((plot) => plot.move(value));
const zoom = (axis, ends) => plots.filter((plot) => plot.axis === axis).forEach((plot) => plot.zoomTo(ends));
let width = innerWidth;
addEventListener("resize", () => {
  if (innerWidth === width) return;
  width = innerWidth;
  plots.forEach((plot) => plot.draw());
});
drawPlots();
