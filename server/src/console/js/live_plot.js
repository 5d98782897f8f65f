// A plot of what a server does at this moment: its figure is made here, and drawn by the script that all pages share.

/* A plot over seconds of the service's time. `lines`: name, class of colour, and how each is drawn. */
class LivePlot extends Plot {
  constructor(title, unit, lines) {
    const figure = node("figure", { class: "chart", "data-axis": "UTC" }, node("figcaption", {}, node("h3", {}, `${title} `, node("small", {}, unit))),
      node("ul", { class: "legend" }, lines.map(({ name, colour }) => node("li", {}, node("i", { class: `${colour} solid` }), `${name} `, node("b", { "data-value": true })))),
      node("div", { class: "plot", tabindex: 0, role: "group", "aria-label": `${title}, ${unit}. Arrow keys read the values, plus and minus zoom, 0 shows all.` }),
      node("details", { class: "data" }, node("summary", {}, "Table"), node("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `${title} as a table` })));
    super(figure, { places: [], lines: lines.map((line) => ({ ...line, values: [] })), bands: [], bounds: [], gap: 1e6, whole: [0, 1e7] });
    this.shape = lines;
    this.table = figure.querySelector("details");
    this.table.addEventListener("toggle", () => this.showTable());
    plots.push(this);
  }

  /* `values`: for each line a map from second to value. Both plots of a group have the same span, so that they can be compared. */
  show(values, bounds, [from, until]) {
    const seconds = [...new Set(values.flatMap((its) => [...its.keys()]))].sort((one, other) => one - other);
    const lines = this.shape.map((line, at) => ({ ...line, values: seconds.map((second) => values[at].get(second) ?? 0) }));
    this.before = lines.map((line) => (line.values.length ? `last ${thousands(line.values.at(-1))}` : "none"));
    this.take({ places: seconds.map((second) => second * 1e6), lines, bounds, whole: [Math.min(from, until - 9) * 1e6, (until + 1) * 1e6] });
    this.showTable();
  }

  showTable() {
    // The rows of a table that nobody looks at would be made anew with each event.
    if (!this.table.open) return;
    const rows = this.places.map((at, place) => node("tr", {}, node("td", {}, iso(at).slice(0, 19)), this.lines.map(({ values }) => node("td", {}, thousands(values[place])))));
    this.table.lastElementChild.replaceChildren(node("table", {}, node("thead", {}, node("tr", {}, node("th", {}, "second (UTC)"), this.lines.map(({ name }) => node("th", {}, name)))),
      node("tbody", {}, rows.reverse().slice(0, 600))));
  }

  end() {
    plots = plots.filter((plot) => plot !== this);
  }
}
