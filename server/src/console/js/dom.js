"use strict";
// Small helpers of the page. Texts of users only ever become text nodes: nothing here takes HTML.

const $ = (id) => document.getElementById(id);
const all = (selector, of = document) => [...of.querySelectorAll(selector)];
const node = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
};
const button = (text, click, attributes = {}) => node("button", { type: "button", class: "small", ...attributes, on: { click } }, text);
const badge = (kind, text, title = null) => node("span", { class: `badge ${kind}`, title }, text);
const thousands = (number) => number.toLocaleString("en");
const some = (count, thing) => `${thousands(count)} ${thing}${count === 1 ? "" : "s"}`;
const iso = (micros) => new Date(micros / 1000).toISOString();
const timeOf = (micros) => (micros === null || micros === undefined ? "—" : node("time", { datetime: iso(micros), title: iso(micros) }, iso(micros).slice(11, 23)));
const size = (bytes) => (bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : bytes >= 2 ** 20 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${Math.ceil(bytes / 1024)} KiB`);
const span = (micros) => {
  if (micros % 1_000_000 === 0) return `${thousands(micros / 1_000_000)} s`;
  return micros % 1000 === 0 ? `${thousands(micros / 1000)} ms` : `${thousands(micros)} µs`;
};
const pretty = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));
/* A time shown as such, for people; the title has it whole. */
const level = (name) => (name ? node("span", { class: `level ${name}` }, name) : "—");

/* Saying what happened. What went wrong interrupts a screen reader, what went well waits its turn. */
let quiet;
function say(text, bad = false) {
  $(bad ? "wrong" : "said").textContent = text;
  $(bad ? "said" : "wrong").textContent = "";
  clearTimeout(quiet);
  quiet = setTimeout(() => { $("said").textContent = ""; $("wrong").textContent = ""; }, bad ? 9000 : 3000);
}
/* Runs what a button asks; what goes wrong is said, and the button waits meanwhile. */
async function act(button, job, done) {
  if (button) button.disabled = true;
  try {
    const outcome = await job();
    if (done) say(typeof done === "function" ? done(outcome) : done);
    return outcome;
  } catch (error) {
    say(error.message, true);
    return undefined;
  } finally {
    if (button) {
      button.disabled = false;
      if (document.activeElement === document.body && button.isConnected) button.focus();
    }
  }
}
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    say("Copied.");
  } catch {
    // Without the right to the clipboard the text can still be taken by hand.
    say(`Copy it by hand: ${text}`);
  }
}

/* Replaces rows only where they changed, so that focus and scrolling stay, and what somebody opened in a row, with what was typed there. */
function showRows(body, items, keyOf, rowOf) {
  const known = new Map([...body.children].map((row) => [row.dataset.key, row]));
  // Found before any row is made: what is opened moves to the new row, and loses the focus on its way.
  const active = body.contains(document.activeElement) ? document.activeElement : null;
  const key = active?.closest("[data-key]")?.dataset.key;
  const place = active ? all("button, input, select, a", active.closest("[data-key]") ?? body).indexOf(active) : -1;
  const rows = items.map((item) => {
    const [key, text] = [String(keyOf(item)), JSON.stringify(item)];
    const row = known.get(key);
    if (row?.dataset.text === text) return row;
    const made = rowOf(item);
    made.dataset.key = key;
    made.dataset.text = text;
    const parts = all("details", made);
    if (row) all("details", row).forEach((part, at) => part.open && parts[at]?.replaceWith(part));
    return made;
  });
  if (rows.length === body.children.length && rows.every((row, at) => row === body.children[at])) return;
  body.replaceChildren(...rows);
  if (key !== undefined && place >= 0) {
    const row = rows.find((its) => its.dataset.key === key);
    (row && all("button, input, select, a", row)[place])?.focus();
  }
}
/* Cells with the heading that a narrow page shows beside each. */
const cells = (...pairs) => pairs.map(([head, content, attributes = {}]) => node("td", { "data-head": head, ...attributes }, content));
/* An empty state: what it means, and what to do next with one click. */
function emptyState(id, shown, text, ...buttons) {
  const place = $(id);
  place.hidden = !shown;
  const key = text + buttons.map((its) => its.textContent).join();
  if (!shown || place.dataset.text === key) return;
  place.dataset.text = key;
  place.replaceChildren(node("p", {}, text), node("div", { class: "row center" }, ...buttons));
}
/* The options of a select, kept where they did not change. */
function showOptions(select, pairs) {
  const key = JSON.stringify(pairs);
  if (select.dataset.options === key) return;
  const chosen = select.value;
  select.dataset.options = key;
  select.replaceChildren(...pairs.map(([value, text]) => node("option", { value }, text)));
  if (pairs.some(([value]) => value === chosen)) select.value = chosen;
}
const later = (span, job) => {
  let waiting;
  return () => {
    clearTimeout(waiting);
    waiting = setTimeout(job, span);
  };
};
