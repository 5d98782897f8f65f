// Readings and limits: what is chosen, what it means, what the default is, and what was changed. Memory.

/* Each reading with its default and its alternatives, asked once; which one holds comes by the stream. */
let knownReadings = [];
const currentReadings = () => knownReadings.map((its) => ({ ...its, value: state.now?.readings[its.id] ?? its.default }));
async function loadReadings() {
  knownReadings = (await ask("readings")).readings;
  showReadings();
}
const setReadings = (pressed, pairs) => perform(pressed, ctl("readings", ...Object.entries(pairs).map(([id, value]) => `${id}=${value}`)), () => ask("readings", pairs), "The readings are set.");
function showReadings() {
  const readings = currentReadings();
  const find = $("readings-find").value.trim().toLowerCase();
  const changed = readings.filter((reading) => reading.value !== reading.default);
  const found = readings.filter((reading) => (!$("readings-changed").checked || reading.value !== reading.default)
    && `${reading.id} ${reading.value} ${reference.readings[reading.id]?.question ?? ""}`.toLowerCase().includes(find));
  $("readings-count").textContent = `${thousands(changed.length)} of ${thousands(readings.length)} changed`;
  $("readings-defaults").hidden = changed.length === 0;
  showRows($("readings-rows"), found.map((reading) => ({ ...reading, text: reference.readings[reading.id] ?? {} })), (reading) => reading.id, (reading) => {
    const { text } = reading;
    const choices = [...new Set([reading.default, ...reading.alternatives.map((choice) => choice?.value ?? choice)])];
    const select = node("select", { on: { change: () => setReadings(select, { [reading.id]: select.value }) } }, choices.map((value) => node("option", { value, selected: value === reading.value }, value === reading.default ? `${value} (default)` : value)));
    const isChanged = reading.value !== reading.default;
    return node("div", { class: `setting ${isChanged ? "changed" : ""}` },
      node("label", {}, node("code", {}, reading.id), select),
      node("div", {}, node("div", {}, text.question ?? ""), node("div", { class: "soft" }, text.alternatives?.[reading.value] ? `Now: ${text.alternatives[reading.value]} ` : "", text.says ? `The documents: ${text.says}` : ""),
        isChanged ? node("div", {}, badge("fast", "changed"), " ", button("Default", ({ currentTarget }) => setReadings(currentTarget, { [reading.id]: reading.default }), { "aria-label": `${reading.id} to its default` })) : null));
  });
}
const setLimits = (pressed, pairs) => perform(pressed, ctl("limits", ...Object.entries(pairs).map(([name, value]) => `${name}=${value}`)), () => ask("limits", pairs), "The limits are set.");
function showLimits(limits) {
  const changed = Object.entries(limits).filter(([name, value]) => reference.limits[name] && reference.limits[name].default !== value);
  $("limits-count").textContent = `${thousands(changed.length)} of ${thousands(Object.keys(limits).length)} changed`;
  $("limits-defaults").hidden = changed.length === 0;
  const items = Object.entries(limits).map(([name, value]) => ({ name, value, text: reference.limits[name] ?? {} }));
  showRows($("limits-rows"), items, (item) => item.name, ({ name, value, text }) => {
    const yes = typeof value === "boolean";
    const input = yes ? node("input", { type: "checkbox", checked: value }) : node("input", { type: "number", value, min: 0 });
    input.addEventListener("change", () => setLimits(input, { [name]: yes ? input.checked : Number(input.value) }));
    const isChanged = text.default !== undefined && text.default !== value;
    const shown = (its) => (typeof its === "boolean" ? (its ? "yes" : "no") : text.unit === "microseconds" ? span(its) : thousands(its));
    return node("div", { class: `setting ${isChanged ? "changed" : ""}` }, node("label", {}, node("code", {}, name), input),
      node("div", {}, node("div", {}, text.says ?? ""), node("div", { class: "soft" }, `Unit: ${text.unit ?? "—"}. Now ${shown(value)}; documented: ${text.default === undefined ? "—" : shown(text.default)}.`),
        isChanged ? node("div", {}, badge("fast", "changed"), " ", button("Default", ({ currentTarget }) => setLimits(currentTarget, { [name]: text.default }), { "aria-label": `${name} to its default` })) : null));
  });
}
const PARTS = {
  applications: "applications", groups: "groups", users: "users", memberships: "memberships", messages: "stored messages", mutes: "mutes",
  waiting: "waiting messages", ledger: "the ledger", callbackLog: "the callback log", callLog: "the log of calls", feed: "the feed of events",
  groupRates: "the rates of groups",
};
/* The largest three, and what is left of the bound. */
function showMemory(it) {
  const largest = Object.entries(it.parts).filter(([, bytes]) => bytes > 0).sort(([, one], [, other]) => other - one).slice(0, 3);
  const bound = it.bytesMax === null ? "without a bound" : `of ${size(it.bytesMax)}`;
  const parts = largest.map(([part, bytes]) => `${size(bytes)} for ${PARTS[part] ?? part}`).join(", ");
  $("memory").textContent = `${size(it.bytes)} ${bound}${parts ? `: ${parts}` : ""}.${it.full ? " Full: calls that add something are refused with ServerError." : ""}`;
  $("memory").classList.toggle("refused", it.full);
}
onState((now) => {
  showMemory(now.memory);
  showReadings();
  showLimits(now.limits);
});
$("readings-find").addEventListener("input", showReadings);
$("readings-changed").addEventListener("change", showReadings);
$("readings-defaults").addEventListener("click", ({ currentTarget }) => setReadings(currentTarget, Object.fromEntries(currentReadings().filter((its) => its.value !== its.default).map((its) => [its.id, its.default]))));
$("limits-defaults").addEventListener("click", ({ currentTarget }) => setLimits(currentTarget, Object.fromEntries(Object.entries(state.now.limits)
  .filter(([name, value]) => reference.limits[name]?.default !== value).map(([name]) => [name, reference.limits[name].default]))));
