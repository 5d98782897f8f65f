// Faults: those that are on, each with what it did so far, and a form that knows every operation and method.

const faultTarget = (fault) => fault.operation ?? fault.method ?? "all operations";
const faultScope = (fault) => [fault.caller ? `caller ${fault.caller}` : null, fault.group ? `group ${fault.group}` : null, fault.type !== undefined ? `type ${fault.type}` : null,
  fault.percent < 100 ? `${fault.percent} %` : null, fault.next ? `the next ${thousands(fault.next)}` : null].filter(Boolean).join(", ") || "every call";
const faultEffect = (fault) => [
  fault.delayMostMicros ? `waits ${span(fault.delayMicros)} to ${span(fault.delayMostMicros)}${fault.tail ? ", mostly short" : ""}` : fault.delayMicros ? `waits ${span(fault.delayMicros)}` : null,
  fault.drop ? "drops the connection" : fault.fail !== null ? `fails with ${fault.fail}` : null].filter(Boolean).join(", then ");
function showFaults({ faults, now: clockNow }) {
  $("faults-count").textContent = faults.length ? thousands(faults.length) : "";
  $("faults-figure").textContent = thousands(faults.length);
  $("faults-figure").classList.toggle("refused", faults.length > 0);
  $("clear-faults").hidden = faults.length === 0;
  showRows($("faults-rows"), faults, (fault) => fault.number, (fault) => node("tr", {},
    cells(["strikes", node("code", {}, faultTarget(fault))], ["only", faultScope(fault)], ["does", faultEffect(fault)],
      ["so far", `${fault.next && fault.struck >= fault.next ? "used up: " : ""}${thousands(fault.struck)} of ${some(fault.seen, "call")}`],
      ["", button("Remove", ({ currentTarget }) => perform(currentTarget, ctl("fault", "--remove", fault.number), () => ask(`faults?number=${fault.number}`, null, "DELETE"), "The fault is gone."), { "aria-label": `Remove the fault of ${faultTarget(fault)}` })])));
  emptyState("faults-empty", faults.length === 0, "No fault is on: every call is answered as the rules say.",
    button("Let the next 3 sends fail", ({ currentTarget }) => setFault(currentTarget, { operation: "SendLiveMessageGroup", fail: "ServerError", next: 3 }), { class: "main" }),
    button("Slow every operation down", ({ currentTarget }) => setFault(currentTarget, { delay: "50ms..2s", tail: true })));
}
const setFault = (pressed, fault) => perform(pressed, ctl("fault", ...options(fault)), () => ask("faults", fault), "The fault is on.");
onState(showFaults);

function showFailures() {
  const method = $("fault-target").value.startsWith("method:");
  const codes = method ? reference.codes.map((its) => [its.number, `${its.number}: ${its.says}`]) : reference.failures.map((name) => [name, name]);
  showOptions($("fault-fail"), [["", "does not fail"], ...codes]);
}
function showFaultTargets() {
  const group = (label, names, prefix) => node("optgroup", { label }, names.map((name) => node("option", { value: `${prefix}:${name}` }, name)));
  const of = (family) => reference.operations.filter((its) => its.family === family).map((its) => its.name);
  $("fault-target").replaceChildren(node("option", { value: "" }, "all operations"), group("Operations", of("live"), "operation"), group("Operations of the older family", of("old"), "operation"),
    group("Methods of audience clients", reference.methods.map((its) => its.name), "method"));
  showFailures();
}
$("fault-target").addEventListener("change", showFailures);
submitted("fault-form", ({ target, fail, delay, most, tail, percent, next, caller, group, type, drop }, _, pressed) => {
  const fault = {};
  const [kind, name] = target.split(":");
  if (name) fault[kind] = name;
  if (fail) fault.fail = kind === "method" ? Number(fail) : fail;
  if (most && !delay) throw new Error("Wait up to, from what? Name the shorter wait, too.");
  if (delay) fault.delay = most ? `${delay}..${most}` : delay;
  if (tail && most) fault.tail = true;
  if (drop) fault.drop = true;
  if (!fault.fail && !fault.delay && !fault.drop) throw new Error("Choose what the fault does: a code to fail with, a wait, or a dropped connection.");
  if (Number(percent) < 100) fault.percent = Number(percent);
  if (next) fault.next = Number(next);
  if (caller) fault.caller = caller;
  if (group) fault.group = group;
  if (type) fault.type = Number(type);
  setFault(pressed, fault);
});
$("clear-faults").addEventListener("click", ({ currentTarget }) => perform(currentTarget, ctl("fault", "--clear"), () => ask("faults", null, "DELETE"), "All faults are gone."));
