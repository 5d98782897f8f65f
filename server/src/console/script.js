"use strict";
// The console: one stream of events and states in, control calls out. Texts of users only ever become text nodes.

const ROWS_MAX = 400;
const LEDGER_MAX = 200;
// A storm of rows is not made calmer by making each of them flash.
const FRESH_MAX = 10;
const KINDS = {
  calls: ["call", "callback"],
  clients: ["client", "logon", "logoff", "reconnect"],
  passed: ["delivered", "direct", "recovered"],
  shed: ["shed"],
  notices: ["notice"],
};
const $ = (id) => document.getElementById(id);
const all = (selector, of = document) => [...of.querySelectorAll(selector)];
const node = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    else if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
};
const thousands = (number) => number.toLocaleString("en");
const some = (count, thing) => `${thousands(count)} ${thing}${count === 1 ? "" : "s"}`;
const iso = (micros) => new Date(micros / 1000).toISOString();

/* Asking the server. A token, where one is set, comes behind # in the page's address or is asked for. */
let token = location.hash.slice(1);
const headers = () => (token ? { Authorization: `Bearer ${token}` } : {});
let quiet;
function say(text, bad = false) {
  $("said").textContent = text;
  $("said").classList.toggle("bad", bad);
  clearTimeout(quiet);
  quiet = setTimeout(() => ($("said").textContent = ""), bad ? 8000 : 3000);
}
async function ask(path, body, method = body ? "POST" : "GET") {
  const answer = await fetch(path, { method, headers: headers(), body: body && JSON.stringify(body) });
  const object = await answer.json();
  if (!answer.ok) throw new Error(object.error ?? `${answer.status}`);
  return object;
}
/* Runs what a button asks; what goes wrong is said, and the button waits meanwhile. */
async function act(button, job, done) {
  if (button) button.disabled = true;
  try {
    const outcome = await job();
    if (done) say(typeof done === "function" ? done(outcome) : done);
  } catch (error) {
    say(error.message, true);
  } finally {
    if (button) {
      button.disabled = false;
      if (document.activeElement === document.body) button.focus();
    }
  }
}

/* The state of the moment. */
let clock = null;
let clockAt = 0;
function showClock(next) {
  clock = next;
  clockAt = performance.now();
  const { times, per } = next.speed;
  const pace = $("pace");
  pace.textContent = next.frozen ? "frozen" : times === per ? "real time" : per === 1 ? `${times}×` : `${times}/${per}×`;
  pace.className = `badge ${next.frozen ? "frozen" : times === per ? "live" : "fast"}`;
  $("freeze").setAttribute("aria-pressed", next.frozen);
  $("resume").setAttribute("aria-pressed", !next.frozen && times === per);
  for (const button of all("[data-speed]")) {
    button.setAttribute("aria-pressed", !next.frozen && per === 1 && button.dataset.speed === `${times}x`);
  }
  tick();
}
function tick() {
  if (!clock) return;
  const { times, per } = clock.speed;
  const micros = clock.nowMicros + (clock.frozen ? 0 : (performance.now() - clockAt) * 1000 * (times / per));
  $("now").textContent = iso(micros).replace("T", " ").replace(/(\.\d)\d+Z/, "$1");
  if (document.activeElement !== $("to") && !$("to").value) $("to").value = iso(micros).slice(0, 19);
}
setInterval(tick, 100);

const passedBySecond = [];
const shedBySecond = [];
let lastCounters = null;
let counters = null;
setInterval(() => {
  if (!counters) return;
  const before = lastCounters ?? counters;
  passedBySecond.push(Math.max(0, counters.fanouts - before.fanouts));
  shedBySecond.push(Math.max(0, counters.shed - before.shed));
  lastCounters = counters;
  for (const list of [passedBySecond, shedBySecond]) if (list.length > 60) list.shift();
  const top = Math.max(5, ...passedBySecond, ...shedBySecond);
  const path = (list) =>
    list.map((value, at) => `${at ? "L" : "M"}${((at + 60 - list.length) * 140) / 59} ${32 - (value / top) * 30}`).join("");
  $("spark-passed").setAttribute("d", path(passedBySecond));
  $("spark-shed").setAttribute("d", path(shedBySecond));
}, 1000);

const LIMITED = (shown, count) => (shown < count ? `${thousands(shown)} of ${thousands(count)}` : thousands(count));
function showState(state) {
  showClock(state.clock);
  counters = state.counters;
  $("passed-figure").textContent = thousands(counters.fanouts);
  $("shed-figure").textContent = thousands(counters.shed);
  $("refused-figure").textContent = thousands(counters.refused);
  $("links-figure").textContent = thousands(state.linksUp);
  $("virtual-figure").textContent = thousands(state.virtualCount);
  $("groups-figure").textContent = thousands(state.groupCount);
  showMemory(state.memory);
  showOutgoing(state.outgoing);
  showGroups(state.groups, state.groupCount);
  showSessions(state.sessions, state.sessionCount);
}
const PARTS = {
  applications: "applications", groups: "groups", users: "users", memberships: "memberships", messages: "stored messages", mutes: "mutes",
  waiting: "waiting messages", ledger: "the ledger", callbackLog: "the callback log",
};
const size = (bytes) => (bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : bytes >= 2 ** 20 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${Math.ceil(bytes / 1024)} KiB`);
/* The largest three, and what is left of the bound. */
function showMemory(it) {
  const largest = Object.entries(it.parts).filter(([, bytes]) => bytes > 0).sort(([, one], [, other]) => other - one).slice(0, 3);
  const bound = it.bytesMax === null ? "without a bound" : `of ${size(it.bytesMax)}`;
  const parts = largest.map(([part, bytes]) => `${size(bytes)} for ${PARTS[part] ?? part}`).join(", ");
  $("memory").textContent = `${size(it.bytes)} ${bound}${parts ? `: ${parts}` : ""}.${it.full ? " Full: calls that add something are refused with ServerError." : ""}`;
  $("memory").classList.toggle("refused", it.full);
}
/* Only what is not nothing is said; what was given up is what somebody looks for. */
function showOutgoing(it) {
  const parts = [
    [it.callbacksDelivered, "callbacks delivered"], [it.callbacksGivenUp, "given up"], [it.callbacksOverflowed, "of them dropped for lack of room"],
    [it.reviewsAnswered, "reviews answered"], [it.reviewsUnavailable, "unavailable"], [it.reviewsOverflowed, "of them dropped for lack of room"],
    [it.waiting, "waiting"], [it.receiversDown, "receivers do not answer"], [it.logDropped, "dropped from the log"],
  ].filter(([count]) => count > 0);
  $("outgoing").textContent = parts.length ? `${parts.map(([count, what]) => `${thousands(count)} ${what}`).join(", ")}.` : "None so far.";
  $("outgoing").classList.toggle("refused", it.callbacksGivenUp + it.reviewsUnavailable > 0);
}
/* Replaces rows only where they changed, so that focus and scrolling stay. */
function showRows(body, items, keyOf, rowOf) {
  const known = new Map([...body.children].map((row) => [row.dataset.key, row]));
  const rows = items.map((item) => {
    const [key, text] = [keyOf(item), JSON.stringify(item)];
    const row = known.get(key);
    if (row?.dataset.text === text) return row;
    const made = rowOf(item);
    made.dataset.key = key;
    made.dataset.text = text;
    return made;
  });
  if (rows.length !== body.children.length || rows.some((row, at) => row !== body.children[at])) {
    const focused = body.contains(document.activeElement) ? document.activeElement.closest("tr")?.dataset.key : null;
    body.replaceChildren(...rows);
    if (focused) rows.find((row) => row.dataset.key === focused)?.querySelector("button")?.focus();
  }
}
function showGroups(groups, count) {
  $("groups-count").textContent = LIMITED(groups.length, count);
  showRows($("groups"), groups, (group) => `${group.appId}/${group.groupId}`, (group) =>
    node("tr", {}, node("td", { class: "name" },
      node("button", { class: "small", title: `application ${group.appId}`, on: { click: () => narrow(group.groupId) } }, group.groupId),
      group.supergroup ? node("span", { class: "badge fast" }, "super") : null),
    node("td", { class: "number" }, thousands(group.delivered)), node("td", { class: "number" }, thousands(group.members))));
  const select = $("crowd-group");
  const wanted = groups.map((group) => `${group.appId}/${group.groupId}`);
  if (wanted.join() !== [...select.options].map((option) => option.value).join()) {
    const chosen = select.value;
    const options = groups.map((group) => node("option", { value: `${group.appId}/${group.groupId}` }, `${group.groupId} (${group.appId.slice(0, 8)}…)`));
    select.replaceChildren(...(options.length ? options : [node("option", { value: "" }, "no group yet")]));
    select.value = wanted.includes(chosen) ? chosen : (wanted.at(-1) ?? "");
  }
}
function narrow(text) {
  $("filter").value = $("filter").value === text ? "" : text;
  refilter();
}
function showSessions(sessions, count) {
  $("sessions-count").textContent = LIMITED(sessions.length, count);
  showRows($("sessions"), sessions, (session) => `${session.app}/${session.user}`, (session) => {
    const link = session.inOutage ? ["frozen", "outage"] : !session.linkUp ? ["off", "lost"] : session.virtual ? ["fast", "virtual"] : ["live", "up"];
    const flip = (event) => act(event.currentTarget, () => ask("outage", { app: session.app, user: session.user, down: !session.inOutage }));
    return node("tr", {}, node("td", { class: "name" }, session.user, session.admin ? node("span", { class: "soft" }, " admin") : null),
      node("td", {}, node("span", { class: `badge ${link[0]}` }, link[1])),
      node("td", {}, node("button", { class: "small", on: { click: flip }, "aria-label": `${session.inOutage ? "End the outage" : "Start an outage"}: ${session.user}` }, session.inOutage ? "End outage" : "Outage")));
  });
}

/* The feed. */
const shownKinds = new Set(Object.keys(KINDS));
let events = [];
let paused = false;
let waiting = [];
const message = (event) => [
  node("span", { class: `level ${event.level}` }, event.level), node("b", {}, event.user), " → ",
];
const code = (event) => (event.code ? node("span", { class: "refused" }, ` refused: ${event.code}`) : null);
const body = (event) => node("span", { class: "body" }, ` “${event.body}”`);
const DESCRIBE = {
  call: (event) => [node("code", {}, event.operation), code(event)],
  callback: (event) => [`callback: ${event.user}, ${event.event}`],
  client: (event) => [node("b", {}, event.user), " ", node("code", {}, event.method), code(event)],
  delivered: (event) => [...message(event), `${event.group}, ${some(event.members, "member")}`, body(event)],
  direct: (event) => [...message(event), "one user", body(event)],
  logon: (event) => [node("b", {}, event.user), " logged on"],
  reconnect: (event) => [node("b", {}, event.user), " is back"],
  logoff: (event) => [node("b", {}, event.user), ` logged off, reason ${event.reason}`],
  notice: (event) => [`${event.group ?? "a session"}: ${event.notice}`, event.count === null ? null : ` (${thousands(event.count)})`],
  recovered: (event) => [node("b", {}, event.user), ` pulled ${event.messages} HIGH in ${event.group}: `, event.bodies.map((text) => `“${text}”`).join(" ")],
  shed: (event) => [...message(event), `${event.group}: `, node("code", {}, event.rule), event.winner ? ` lost to ${event.winner}` : ""],
};
const kindOf = (event) => Object.keys(KINDS).find((name) => KINDS[name].includes(event.kind)) ?? "notices";
const textOf = (event) => Object.values(event).join(" ").toLowerCase();
const wanted = (event) => shownKinds.has(kindOf(event)) && textOf(event).includes($("filter").value.trim().toLowerCase());
const rowOf = (event, fresh) => {
  const time = iso(event.atMicros);
  return node("li", { class: `${event.kind} ${fresh ? "fresh" : ""}` }, node("time", { datetime: time, title: time }, time.slice(11, 23)),
    node("span", { class: "kind" }, event.kind), node("span", { class: "what" }, ...(DESCRIBE[event.kind]?.(event) ?? [JSON.stringify(event)])));
};
function counted() {
  $("feed-count").textContent = `${thousands($("feed").children.length)} shown${paused && waiting.length ? `, ${thousands(waiting.length)} waiting` : ""}`;
  $("feed-empty").hidden = $("feed").children.length > 0;
}
function take(fresh) {
  if (paused) {
    waiting = [...waiting, ...fresh].slice(-2000);
    return counted();
  }
  events = [...events, ...fresh].slice(-2000);
  const rows = fresh.slice(-ROWS_MAX).filter(wanted).map((event, _, list) => rowOf(event, list.length <= FRESH_MAX)).reverse();
  const feed = $("feed");
  feed.prepend(...rows);
  while (feed.children.length > ROWS_MAX) feed.lastElementChild.remove();
  const targets = new Set(fresh.map((event) => event.operation ?? event.method).filter(Boolean));
  for (const option of all("option", $("targets"))) targets.delete(option.value);
  $("targets").append(...[...targets].map((name) => node("option", { value: name })));
  return counted();
}
function takeShed(fresh) {
  const rows = fresh.filter((event) => event.kind === "shed").slice(-LEDGER_MAX).reverse();
  if (rows.length === 0) return;
  $("ledger").prepend(...rows.map((event) => node("li", {}, node("span", { class: `level ${event.level}` }, event.level), node("b", {}, event.user),
    ` in ${event.group}, type ${event.type}: `, node("code", {}, event.rule), node("div", { class: "soft" }, `${event.messageId}${event.winner ? ` lost to ${event.winner}` : ""}`))));
  while ($("ledger").children.length > LEDGER_MAX) $("ledger").lastElementChild.remove();
  $("ledger-empty").hidden = true;
  $("ledger-count").textContent = `newest ${thousands($("ledger").children.length)}`;
}
function refilter() {
  $("feed").replaceChildren(...events.filter(wanted).slice(-ROWS_MAX).reverse().map((event) => rowOf(event, false)));
  counted();
}
$("filter").addEventListener("input", refilter);
$("kinds").append(...Object.keys(KINDS).map((name) => node("button", { class: "small", "aria-pressed": "true", "data-kind": name, on: { click: ({ currentTarget }) => {
  const on = !shownKinds.has(name);
  if (on) shownKinds.add(name); else shownKinds.delete(name);
  currentTarget.setAttribute("aria-pressed", on);
  refilter();
} } }, name)));
$("pause").addEventListener("click", () => {
  paused = !paused;
  $("pause").setAttribute("aria-pressed", paused);
  $("pause").textContent = paused ? "Continue" : "Pause";
  const late = waiting;
  waiting = [];
  take(late);
});
$("clear-feed").addEventListener("click", () => { events = []; waiting = []; refilter(); });

/* Controls. */
const moved = (button, change) => act(button, async () => showClock(await ask("clock", change)));
$("freeze").addEventListener("click", (event) => moved(event.currentTarget, { freeze: true }));
$("resume").addEventListener("click", (event) => moved(event.currentTarget, { resume: true }));
for (const button of all("[data-speed]")) button.addEventListener("click", () => moved(button, { speed: button.dataset.speed }));
for (const button of all("[data-advance]")) button.addEventListener("click", () => moved(button, { advance: button.dataset.advance }));
$("advance-form").addEventListener("submit", (event) => { event.preventDefault(); moved($("advance"), { advance: $("span").value }); });
$("jump-form").addEventListener("submit", (event) => {
  event.preventDefault();
  moved($("jump"), { to: Math.floor(Date.parse(`${$("to").value}Z`) / 1000) });
});
const crowd = (button, change) => act(button, () => {
  const [app, group] = $("crowd-group").value.split("/");
  if (!group) throw new Error("there is no group yet: create one through the service");
  return ask("crowd", { app, group, ...change });
}, (outcome) => `${thousands(outcome.crowd)} of the crowd among ${some(outcome.members, "member")}`);
for (const button of all("[data-crowd]")) button.addEventListener("click", () => crowd(button, JSON.parse(button.dataset.crowd)));
$("say-form").addEventListener("submit", (event) => {
  event.preventDefault();
  crowd($("say"), { send: Number($("say-count").value), level: $("say-level").value, body: $("say-body").value });
});
function showFaults({ faults }) {
  $("faults").replaceChildren(...faults.map((fault) => node("tr", {}, node("td", { class: "name" }, fault.operation ?? fault.method),
    node("td", {}, [fault.fail, fault.delayMicros ? `${fault.delayMicros / 1000} ms` : null, fault.drop ? "drop" : null].filter(Boolean).join(", ")))));
}
$("fault-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const target = $("fault-target").value.trim();
  const fail = $("fault-fail").value.trim();
  const fault = { drop: $("fault-drop").checked };
  if (target) fault[/^[a-z]/.test(target) ? "method" : "operation"] = target;
  if (fail) fault.fail = /^\d+$/.test(fail) ? Number(fail) : fail;
  if ($("fault-delay").value.trim()) fault.delay = $("fault-delay").value.trim();
  act(event.submitter, async () => showFaults(await ask("faults", fault)), "The fault was added.");
});
$("clear-faults").addEventListener("click", ({ currentTarget }) => act(currentTarget, async () => showFaults(await ask("faults", null, "DELETE")), "All faults were cleared."));

function showReadings({ readings }) {
  const find = $("reading-filter").value.toLowerCase();
  $("readings-count").textContent = `${readings.filter((reading) => reading.value !== reading.default).length} changed of ${readings.length}`;
  $("readings").replaceChildren(...readings.filter((reading) => reading.id.includes(find)).map((reading) => {
    const options = [...new Set([reading.default, ...reading.alternatives.map((choice) => choice?.value ?? choice)])];
    const select = node("select", { on: { change: () => act(select, async () => showReadings(await ask("readings", { [reading.id]: select.value })), `${reading.id} is ${select.value}`) } },
      ...options.map((value) => node("option", { value, selected: value === reading.value }, value)));
    return node("label", { class: `reading ${reading.value === reading.default ? "" : "changed"}` }, reading.id, select);
  }));
}
const loadReadings = () => act(null, async () => showReadings(await ask("readings")));
$("readings-details").addEventListener("toggle", ({ target }) => target.open && loadReadings());
$("reading-filter").addEventListener("input", loadReadings);
function showLimits(limits) {
  $("limits").replaceChildren(...Object.entries(limits).filter(([, value]) => typeof value === "number").map(([name, value]) => {
    const input = node("input", { type: "number", value, on: { change: () => act(input, async () => showLimits(await ask("limits", { [name]: Number(input.value) })), `${name} is ${input.value}`) } });
    return node("label", { class: "reading" }, name.replaceAll("_", " "), input);
  }));
}
$("limits-details").addEventListener("toggle", ({ target }) => target.open && act(null, async () => showLimits(await ask("limits"))));
let sure;
$("reset").addEventListener("click", ({ currentTarget }) => {
  if (!sure) {
    currentTarget.textContent = "Delete everything?";
    sure = setTimeout(() => { sure = undefined; currentTarget.textContent = "Reset the service"; }, 4000);
    return;
  }
  clearTimeout(sure);
  sure = undefined;
  currentTarget.textContent = "Reset the service";
  act(currentTarget, async () => {
    await ask("reset", {});
    events = [];
    refilter();
    $("ledger").replaceChildren();
    $("ledger-empty").hidden = false;
    $("ledger-count").textContent = "";
    showFaults(await ask("faults"));
  }, "The service is empty.");
});
for (const tab of all("[role=tab]")) {
  tab.addEventListener("click", () => {
    for (const other of all("[role=tab]")) other.setAttribute("aria-selected", other === tab);
    for (const column of all(".column")) column.classList.toggle("shown", column.id === tab.dataset.view);
  });
}
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const key = { "/": () => $("filter").focus(), p: () => $("pause").click(), f: () => $("freeze").click(), r: () => $("resume").click(), a: () => $("advance").click() }[event.key];
  if (key) { event.preventDefault(); key(); }
});

/* The stream: server-sent events, read by hand so that a token can be sent. */
let newest = 0;
function status(text, up) {
  $("link").textContent = text;
  $("link").className = `badge ${up ? "live" : "off"}`;
}
async function follow() {
  const answer = await fetch(`stream?after=${newest}`, { headers: headers() });
  if (answer.status === 401) {
    token = prompt("This server's control token:") ?? "";
    return;
  }
  if (!answer.ok) throw new Error(`${answer.status}`);
  status("live", true);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/s.exec(text.slice(0, end)) ?? [];
      text = text.slice(end + 2);
      if (event === "state") showState(JSON.parse(data));
      if (event !== "feed") continue;
      const fresh = JSON.parse(data);
      newest = fresh.newest;
      takeShed(fresh.events);
      take(fresh.events);
    }
  }
}
(async () => {
  act(null, async () => {
    $("version").textContent = `claque ${(await ask("version")).version} at ${location.host}`;
    showFaults(await ask("faults"));
  });
  for (;;) {
    try {
      await follow();
    } catch { /* Said by the badge. */ }
    status("reconnecting", false);
    // A server that starts over counts from the beginning.
    newest = (await ask("feed?after=0&count=0").catch(() => ({ newest }))).newest < newest ? 0 : newest;
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
})();
