// The inspector: every call with its parameters, its answer, what decided it, and how to make it again.

let calls = [];
let newestCall = 0;
let openedCall = null;
const CALLS_SHOWN = 200;

/* Asks for what is new, and again for calls that had no answer yet. */
const fetchCalls = oneAtATime(async (upTo) => {
  try {
    if (upTo < newestCall) { calls = []; newestCall = 0; }
    const open = calls.find((call) => call.status === null && !call.fault && call.number > newestCall - 100);
    const after = Math.min(newestCall, open ? open.number - 1 : newestCall);
    if (upTo === newestCall && !open) return;
    const fresh = await ask(`calls?after=${after}&count=500`);
    const numbers = new Set(fresh.calls.map((call) => call.number));
    calls = [...calls.filter((call) => !numbers.has(call.number)), ...fresh.calls].sort((one, other) => one.number - other.number).slice(-500);
    newestCall = fresh.newest;
    messagesOfCalls(fresh.calls);
    showCalls();
  } catch { /* Said by the badge; the next state asks again. */ }
});
onState((now) => fetchCalls(now.newestCall));

const failed = (call) => call.refused || (call.fault !== null && call.status === null) || (call.status !== null && call.status >= 300);
const callCode = (call) => (call.client ? call.code : call.answer?.Code) ?? null;
function outcomeBadge(call) {
  if (call.fault) return badge("bad", `fault ${call.fault.number}`, call.fault.effect);
  if (call.status === null) return badge("frozen", "waits", "for a review, an acknowledgement, or the end of something for many users");
  return failed(call) ? badge("bad", `${callCode(call) ?? call.status}`) : badge("live", `${call.status}`);
}
const callText = (call) => JSON.stringify(call).toLowerCase();
function wantedCall(call) {
  const which = $("calls-which").value;
  const fits = which === "" || (which === "refused" ? failed(call) : which === "client" ? call.client : !call.client);
  return fits && callText(call).includes($("calls-find").value.trim().toLowerCase());
}
function showCalls() {
  const found = calls.filter(wantedCall).slice(-CALLS_SHOWN).reverse();
  $("calls-count").textContent = `${thousands(found.length)} of the newest ${thousands(calls.length)}`;
  showRows($("calls-rows"), found, (call) => call.number, (call) => node("tr", {},
    cells(["no.", button(`${call.number}`, () => openCall(call.number), { class: "link", "aria-label": `Open call ${call.number}, ${call.name}` }), { class: "number" }],
      ["at", timeOf(call.atMicros)], ["call", node("code", {}, call.name)], ["caller", call.caller], ["answer", outcomeBadge(call)],
      ["decided by", call.rules.length ? rule(call.rules[0]) : "—"])));
  emptyState("calls-empty", found.length === 0, calls.length ? "No call fits." : "No call yet. Calls of back ends and requests of clients show here as they come.",
    calls.length ? button("Show all", () => { $("calls-find").value = ""; $("calls-which").value = ""; showCalls(); })
      : button("Make one: ListLiveMessageApps", ({ currentTarget }) => operate(currentTarget, "ListLiveMessageApps", { SortType: 1 }), { class: "main" }));
  if (openedCall !== null) showCall();
}
/* The command line that makes a client's request again, where there is one. */
function clientLine(call) {
  const { groupId: group, data, type } = call.parameters ?? {};
  const app = state.now?.groups.find((its) => its.groupId === group)?.appId;
  const who = options({ app, group, user: call.caller });
  if (call.name === "joinGroup") return ctl("join", ...who);
  if (call.name === "leaveGroup") return ctl("leave", ...who);
  return call.name === "sendGroupMessage" ? ctl("say", ...who, ...options({ body: data, type })) : null;
}
function showCall() {
  const call = calls.find((its) => its.number === openedCall);
  const place = $("call-detail");
  if (!call) {
    place.replaceChildren(node("p", { class: "soft" }, `Call ${openedCall} is not among the newest any more.`));
    return;
  }
  const key = JSON.stringify(call);
  if (place.dataset.text === key) return;
  place.dataset.text = key;
  const again = call.client ? clientLine(call) : callLine(call.name, call.parameters);
  const body = { operation: call.name, parameters: call.parameters };
  const message = call.answer?.MsgTid ?? call.answer?.MessageId ?? call.answer?.result?.messageId ?? call.answer?.messageId;
  place.replaceChildren(node("div", { class: "card detail", role: "region", "aria-label": `Call ${call.number}` },
    node("h3", {}, `Call ${call.number}: `, node("code", {}, call.name), " ", outcomeBadge(call), button("Close", closeCall, { class: "small push" })),
    node("dl", { class: "facts" },
      node("dt", {}, "at"), node("dd", {}, call.atMicros === null ? "it never reached the service" : iso(call.atMicros)),
      node("dt", {}, "caller"), node("dd", {}, call.caller),
      call.fault ? [node("dt", {}, "fault"), node("dd", {}, `number ${call.fault.number}: ${call.fault.effect}`)] : null,
      node("dt", {}, call.refused ? "refused by" : "decided by"), node("dd", {}, call.rules.length ? node("ul", { class: "plain" }, call.rules.map((id) => node("li", {}, ruleSaid(id)))) : "no rule"),
      node("dt", {}, "input"), node("dd", {}, call.input === null ? "—" : `number ${thousands(call.input)} since the start`),
      node("dt", {}, "journal"), node("dd", {}, call.journalBytes === null ? "nothing written: no --data, it only read, or it was refused" : `up to byte ${thousands(call.journalBytes)}`),
      message ? [node("dt", {}, "message"), node("dd", {}, messageLink(message))] : null),
    node("div", { class: "two" },
      node("div", {}, node("h4", {}, "Parameters"), node("pre", { tabindex: 0, "aria-label": "Parameters" }, pretty(call.parameters))),
      node("div", {}, node("h4", {}, `Answer${call.status === null ? "" : `, status ${call.status}`}`), node("pre", { tabindex: 0, "aria-label": "Answer" }, call.answer === null ? "none yet" : pretty(call.answer)))),
    node("div", { class: "row" },
      again ? button("Copy as claque", () => copy(again), { title: again }) : null,
      call.client ? null : button("Copy as curl", () => copy(curlLine("call", body)), { title: curlLine("call", body) }),
      call.client ? null : button("Make it again", ({ currentTarget }) => operate(currentTarget, call.name, call.parameters)),
      call.client ? null : button("Change and call", () => fillOperation(call.name, call.parameters)),
      call.refused && call.answer?.RequestId ? button("Only this caller", () => { $("calls-find").value = call.caller; showCalls(); }) : null)));
  if (again) showCommand(again);
}
function openCall(number) {
  openedCall = number;
  showView("calls");
  $("call-detail").dataset.text = "";
  showCall();
  $("call-detail").querySelector("button")?.focus();
}
function closeCall() {
  openedCall = null;
  $("call-detail").dataset.text = "";
  $("call-detail").replaceChildren();
}
$("calls-find").addEventListener("input", showCalls);
$("calls-which").addEventListener("change", showCalls);
