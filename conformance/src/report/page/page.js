"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const make = (tag, attributes, ...inside) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === "class") node.className = value;
      else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value === true) node.setAttribute(name, "");
      else if (value !== false && value != null) node.setAttribute(name, value);
    }
    node.append(...inside.filter((one) => one != null));
    return node;
  };

  // Theme: the system's until somebody chooses.
  const theme = $("theme");
  const themes = ["auto", "light", "dark"];
  const wear = (name) => {
    if (name === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
    theme.textContent = "Theme: " + name;
    theme.value = name;
  };
  let kept = "auto";
  try { kept = localStorage.getItem("claque-theme") || "auto"; } catch { /* a page of the file system may have no storage */ }
  wear(themes.includes(kept) ? kept : "auto");
  theme.hidden = false;
  theme.addEventListener("click", () => {
    wear(themes[(themes.indexOf(theme.value) + 1) % themes.length]);
    try { localStorage.setItem("claque-theme", theme.value); } catch { /* then it lasts as long as the page */ }
  });

  // Rows, with what a search looks at.
  const casesOf = data.rules.map(() => []);
  data.cases.forEach((one) => one.rules.forEach((rule) => casesOf[rule].push(one)));
  const rows = [...document.querySelectorAll("tr[data-rule]")].map((node) => {
    const rule = Number(node.dataset.rule);
    const names = casesOf[rule].map((one) => one.name + " " + one.summary).join(" ");
    const text = (data.rules[rule].id + " " + data.rules[rule].says + " " + names).toLowerCase();
    return { node, rule, text, kinds: node.dataset.kinds.split(" "), aside: node.classList.contains("aside"),
      differs: "differs" in node.dataset, area: node.parentNode.dataset.area };
  });
  const groups = [...document.querySelectorAll("tbody")];

  // Filters.
  const chips = [...document.querySelectorAll(".chip")];
  // How many of the rules that are shown a run keeps, of those that it could be asked about.
  const sum = (group) => group.querySelectorAll(".area td").forEach((place, run) => {
    const shown = [...group.querySelectorAll("tr[data-rule]:not([hidden]) .cell[data-run='" + run + "']")];
    const kept = shown.filter((cell) => cell.matches(".pass, .pass-lenient")).length;
    const asked = shown.filter((cell) => !cell.matches(".skipped, .unknown, .not-applicable")).length;
    place.textContent = asked ? kept + "/" + asked : "\u2013";
  });
  const filter = () => {
    const words = $("find").value.toLowerCase().split(/\s+/).filter(Boolean);
    const kinds = chips.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.dataset.kind);
    const area = $("area").value;
    const differs = $("differs")?.checked;
    const aside = $("aside")?.checked;
    let shown = 0, all = 0;
    for (const row of rows) {
      const counted = aside || !row.aside;
      all += counted;
      const fits = counted && (!area || row.area === area) && (!differs || row.differs)
        && (!kinds.length || kinds.some((kind) => row.kinds.includes(kind))) && words.every((word) => row.text.includes(word));
      row.node.hidden = !fits;
      shown += fits;
    }
    for (const group of groups) {
      const here = rows.filter((row) => row.node.parentNode === group && !row.node.hidden).length;
      group.hidden = here === 0;
      group.querySelector(".area span").textContent = here + (here === 1 ? " rule" : " rules");
      sum(group);
    }
    $("none").hidden = shown > 0;
    $("shown").textContent = shown === all ? all + " rules" : shown + " of " + all + " rules";
    rove();
  };
  document.querySelector(".controls").hidden = false;
  document.querySelector(".controls").addEventListener("submit", (event) => event.preventDefault());
  $("find").addEventListener("input", filter);
  for (const id of ["area", "differs", "aside"]) $(id)?.addEventListener("change", filter);
  chips.forEach((chip) => chip.addEventListener("click", () => {
    chip.setAttribute("aria-pressed", chip.getAttribute("aria-pressed") !== "true");
    filter();
  }));

  // One tab stop for the matrix; arrows move inside of it.
  const cells = () => rows.filter((row) => !row.node.hidden).map((row) => [...row.node.querySelectorAll(".cell")]).filter((list) => list.length);
  let stop = null;
  const rove = (to) => {
    const open = cells().flat();
    stop = to && open.includes(to) ? to : open.includes(stop) ? stop : open[0] || null;
    document.querySelectorAll(".cell").forEach((cell) => { cell.tabIndex = cell === stop ? 0 : -1; });
  };
  const table = document.querySelector("table");
  table.addEventListener("focusin", (event) => { if (event.target.matches(".cell")) rove(event.target); });
  table.addEventListener("keydown", (event) => {
    if (!event.target.matches(".cell") || event.altKey || event.ctrlKey || event.metaKey) return;
    const grid = cells();
    const y = grid.findIndex((list) => list.includes(event.target));
    const x = grid[y].indexOf(event.target);
    const to = { ArrowUp: [y - 1, x], ArrowDown: [y + 1, x], ArrowLeft: [y, x - 1], ArrowRight: [y, x + 1],
      PageUp: [Math.max(0, y - 10), x], PageDown: [Math.min(grid.length - 1, y + 10), x],
      Home: [0, x], End: [grid.length - 1, x] }[event.key];
    if (!to) return;
    event.preventDefault();
    const list = grid[to[0]];
    const cell = list && list[Math.max(0, Math.min(list.length - 1, to[1]))];
    if (cell) { cell.focus({ preventScroll: true }); cell.scrollIntoView({ block: "nearest", inline: "nearest" }); }
  });
  table.addEventListener("click", (event) => {
    const cell = event.target.closest(".cell");
    if (cell) show(Number(cell.closest("tr").dataset.rule), Number(cell.dataset.run));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || dialog.open) return;
    if (event.target.closest && event.target.closest("input, select, textarea")) return;
    event.preventDefault();
    $("find").focus();
  });

  // What lies behind a cell.
  const dialog = $("detail");
  let open = null;
  const marks = {};
  document.querySelectorAll(".legend i").forEach((mark) => { marks[mark.className] = mark.textContent; });
  const cellOf = (rule, run) => document.querySelector('tr[data-rule="' + rule + '"] .cell[data-run="' + run + '"]');
  const clock = (micros) => {
    const seconds = micros / 1e6;
    if (seconds >= 172800) return Math.round(seconds / 86400) + " days";
    if (seconds >= 1) return Number(seconds.toFixed(3)) + " s";
    return Number((micros / 1000).toFixed(2)) + " ms";
  };
  const lineKind = { ">": "did", "<": "then", "~": "time", "=": "rule" };
  const transcript = (position) => data.texts[position].map((line) => data.lines[line]).join("\n");
  const script = (text, id, name) => {
    const pre = make("pre", { tabindex: 0, role: "region", "aria-label": "Transcript of " + name });
    for (const line of text.replace(/\n$/, "").split("\n")) {
      const found = /^\s*(?:-?[\d.]+s)? ?([><~=]) /.exec(line);
      const span = make("span", { class: found ? lineKind[found[1]] : "" });
      const at = line.indexOf(id);
      const whole = at >= 0 && !/[\w.-]/.test(line[at + id.length] || "") && !/[\w.-]/.test(line[at - 1] || "");
      if (whole) span.append(line.slice(0, at), make("span", { class: "hot" }, id), line.slice(at + id.length));
      else span.append(line);
      pre.append(span, "\n");
    }
    const copy = make("button", { type: "button", class: "copy", onclick: async () => {
      try { await navigator.clipboard.writeText(text); copy.textContent = "Copied"; }
      catch { getSelection().selectAllChildren(pre); copy.textContent = "Selected"; }
    } }, "Copy");
    return make("div", { class: "script" }, make("p", {}, "Transcript", copy), pre);
  };
  const proof = (ended) => {
    const given = ended.evidence;
    const good = !["fail", "error", "stale", "unimplemented"].includes(ended.verdict);
    if (!given) return ended.detail ? make("div", { class: "proof" + (good ? " mild" : "") }, make("p", {}, ended.detail)) : null;
    const where = given.step ? "Step " + given.step + (given.line ? " (line " + given.line + ")" : "") + " at " + clock(given.atMicros) + ": " + given.what : "";
    return make("div", { class: "proof" + (good ? " mild" : "") },
      ended.detail ? make("p", {}, ended.detail) : null, where ? make("p", {}, where) : null,
      make("dl", {}, make("dt", {}, "Expected"), make("dd", {}, given.expected), make("dt", {}, "Got"), make("dd", {}, given.actual)));
  };
  const times = (count) => (count === 1 ? "once" : count + " times");
  const caseNode = (one, ended, rule, first) => {
    const facts = [one.file, clock(ended.virtual_micros) + " of virtual time", clock(ended.wall_micros) + " to play"];
    if (ended.attempts > 1) facts.push(ended.attempts + " attempts");
    if (ended.decided) facts.push("the rule decided " + times(ended.decided[one.rules.indexOf(rule)]));
    for (const [id, value] of Object.entries(one.readings || {})) facts.push("under " + id + " = " + value);
    const node = make("details", { class: "case", open: first },
      make("summary", {}, make("span", { class: "tag " + ended.verdict }, make("i", {}, marks[ended.verdict] || ""), ended.verdict),
        make("span", {}, one.name)));
    const fill = () => {
      if (node.querySelector("div")) return;
      node.append(make("div", {}, make("p", {}, one.summary), proof(ended), make("p", { class: "facts" }, facts.join(" · ")),
        script(transcript(ended.text), data.rules[rule].id, one.name)));
    };
    if (first) fill();
    node.addEventListener("toggle", fill);
    return node;
  };
  const sourceNode = (source) => {
    const said = [source.publisher, source.edition, source.section && "section " + source.section].filter(Boolean).join(", ");
    const title = source.url ? make("a", { href: source.url, target: "_blank", rel: "noopener noreferrer" }, source.title) : source.title;
    return make("li", {}, title, " (" + said + ")", source.quote ? make("blockquote", {}, source.quote) : null);
  };
  const readingNode = (reading, run) => {
    const chosen = data.under[run][reading.id];
    return make("li", {}, make("code", {}, reading.id + " = " + (chosen || reading.default)),
      chosen ? ", by default " + reading.default + ": " : ": ", reading.question);
  };
  const show = (rule, run) => {
    const about = data.rules[rule];
    const bad = ["fail", "error", "stale", "unimplemented"];
    const here = casesOf[rule].filter((one) => one.ended[run]);
    const rank = (one) => (bad.includes(one.ended[run].verdict) ? 0 : one.ended[run].verdict === "pass" ? 2 : 1);
    here.sort((a, b) => rank(a) - rank(b));
    const step = (by) => {
      const line = rows.filter((row) => !row.node.hidden && casesOf[row.rule].some((one) => one.ended[run]));
      const next = line[line.findIndex((row) => row.rule === rule) + by];
      return next ? () => show(next.rule, run) : null;
    };
    const before = step(-1), after = step(1);
    const others = data.runs.length > 1 ? make("div", { class: "runs-of", role: "group", "aria-label": "Runs" },
      ...data.runs.map((name, position) => make("button", { type: "button", "aria-pressed": String(position === run),
        disabled: !casesOf[rule].some((one) => one.ended[position]), onclick: () => show(rule, position) }, name))) : null;
    dialog.replaceChildren(
      make("header", {},
        make("h2", { id: "detail-title", tabindex: -1 }, about.id, " ", make("span", {}, "on " + data.runs[run])),
        make("button", { type: "button", "aria-label": "Rule before", title: "Rule before: [", disabled: !before, onclick: before || (() => {}) }, "↑"),
        make("button", { type: "button", "aria-label": "Rule after", title: "Rule after: ]", disabled: !after, onclick: after || (() => {}) }, "↓"),
        make("button", { type: "button", "aria-label": "Close", title: "Close: Esc", onclick: () => dialog.close() }, "✕")),
      make("div", { class: "body" },
        make("p", { class: "says" }, about.says),
        make("p", { class: "about" }, [about.value, ...about.about].filter(Boolean).join(" · ")),
        make("h3", {}, "Sources"), make("ul", {}, ...about.sources.map(sourceNode)),
        about.readings.length ? make("h3", {}, "Readings") : null,
        about.readings.length ? make("ul", {}, ...about.readings.map((one) => readingNode(one, run))) : null,
        make("h3", {}, here.length === 1 ? "1 case" : here.length + " cases"), others,
        ...here.map((one, position) => caseNode(one, one.ended[run], rule, position === 0 || rank(one) === 0))));
    open = { rule, run, before, after };
    if (!dialog.open) dialog.showModal();
    dialog.scrollTop = 0;
    $("detail-title").focus();
    history.replaceState(null, "", "#" + encodeURIComponent(about.id) + (run ? "@" + run : ""));
  };
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "[" && open.before) open.before();
    if (event.key === "]" && open.after) open.after();
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => {
    const cell = open && cellOf(open.rule, open.run);
    history.replaceState(null, "", location.pathname + location.search);
    if (cell) cell.focus();
  });
  const follow = () => {
    const [id, run] = decodeURIComponent(location.hash.slice(1)).split("@");
    const rule = data.rules.findIndex((one) => one.id === id);
    if (rule >= 0 && cellOf(rule, Number(run || 0))) show(rule, Number(run || 0));
  };
  addEventListener("hashchange", follow);
  filter();
  follow();
})();
