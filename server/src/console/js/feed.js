// The live feed: every event as it happens, newest first.

const ROWS_MAX = 400;
// A storm of rows is not made calmer by making each of them flash.
const FRESH_MAX = 10;
const KINDS = {
  calls: ["call", "callback"],
  clients: ["client", "logon", "logoff", "reconnect"],
  delivered: ["delivered", "direct", "recovered"],
  shed: ["shed"],
  faults: ["fault"],
  notices: ["notice"],
};
const shownKinds = new Set(Object.keys(KINDS));
let events = [];
let paused = false;
let waitingEvents = [];
const messageLink = (id) => button(id.slice(0, 10), () => openStory(id), { class: "link", title: `message ${id}` });
const spoken = (event) => [level(event.level), " ", node("b", {}, event.user), " → "];
const code = (event) => (event.code ? node("span", { class: "refused" }, ` refused: ${event.code}`) : null);
const callLink = (event, text) => (event.call ? button(text, () => openCall(event.call), { class: "link" }) : node("code", {}, text));
/* The body, which leads to the story of its message. */
const bodyOf = (event) => [" ", button(`“${event.body}”`, () => openStory(event.messageId), { class: "link body", title: `message ${event.messageId}` })];
const DESCRIBE = {
  call: (event) => [callLink(event, event.operation), code(event)],
  callback: (event) => [`callback: ${event.user}, ${event.event}`],
  client: (event) => [node("b", {}, event.user), " ", callLink(event, event.method), code(event)],
  delivered: (event) => [...spoken(event), `${event.group}, ${some(event.members, "member")}`, bodyOf(event)],
  direct: (event) => [...spoken(event), "one user", bodyOf(event)],
  logon: (event) => [node("b", {}, event.user), " logged on"],
  reconnect: (event) => [node("b", {}, event.user), " is back"],
  logoff: (event) => [node("b", {}, event.user), ` logged off, reason ${event.reason}`],
  notice: (event) => [`${event.group ?? "a session"}: ${event.notice}`, event.count === null ? null : ` (${thousands(event.count)})`],
  recovered: (event) => [node("b", {}, event.user), ` pulled ${event.messages} HIGH in ${event.group}: `, event.bodies.map((text) => `“${text}”`).join(" ")],
  shed: (event) => [...spoken(event), `${event.group}`, bodyOf(event), ": ", rule(event.rule), event.winner ? [" lost to ", messageLink(event.winner)] : null],
  fault: (event) => [node("b", {}, event.user), " ", callLink(event, event.name), ` struck by fault ${event.fault}: ${event.effect}`],
};
const kindOf = (event) => Object.keys(KINDS).find((name) => KINDS[name].includes(event.kind)) ?? "notices";
const textOf = (event) => Object.values(event).join(" ").toLowerCase();
const wanted = (event) => shownKinds.has(kindOf(event)) && textOf(event).includes($("filter").value.trim().toLowerCase());
const feedRow = (event, fresh) => node("li", { class: `${event.kind} ${fresh ? "fresh" : ""}` }, timeOf(event.atMicros),
  node("span", { class: "kind" }, event.kind), node("span", { class: "what" }, ...(DESCRIBE[event.kind]?.(event) ?? [JSON.stringify(event)]).flat()));
function counted() {
  const count = $("feed").children.length;
  $("feed-count").textContent = `${thousands(count)} shown${paused && waitingEvents.length ? `, ${thousands(waitingEvents.length)} waiting` : ""}`;
  $("feed-empty").hidden = count > 0;
}
function takeEvents(fresh) {
  if (paused) {
    waitingEvents = [...waitingEvents, ...fresh].slice(-2000);
    return counted();
  }
  events = [...events, ...fresh].slice(-2000);
  const rows = fresh.slice(-ROWS_MAX).filter(wanted).map((event, _, list) => feedRow(event, list.length <= FRESH_MAX)).reverse();
  const feed = $("feed");
  feed.prepend(...rows);
  while (feed.children.length > ROWS_MAX) feed.lastElementChild.remove();
  return counted();
}
function refilter() {
  $("feed").replaceChildren(...events.filter(wanted).slice(-ROWS_MAX).reverse().map((event) => feedRow(event, false)));
  counted();
}
function narrow(text) {
  $("filter").value = $("filter").value === text ? "" : text;
  refilter();
}
onFeed(takeEvents);
$("filter").addEventListener("input", refilter);
$("kinds").append(...Object.keys(KINDS).map((name) => button(name, ({ currentTarget }) => {
  const on = !shownKinds.has(name);
  if (on) shownKinds.add(name); else shownKinds.delete(name);
  currentTarget.setAttribute("aria-pressed", on);
  refilter();
}, { "aria-pressed": "true", "data-kind": name })));
$("pause").addEventListener("click", () => {
  paused = !paused;
  $("pause").setAttribute("aria-pressed", paused);
  $("pause").textContent = paused ? "Continue" : "Pause";
  const late = waitingEvents;
  waitingEvents = [];
  takeEvents(late);
});
function clearFeed() {
  events = [];
  waitingEvents = [];
  refilter();
}
$("clear-feed").addEventListener("click", clearFeed);
