// Callbacks: bodies, tries, signatures, and sending one again.

const CALLBACKS_SHOWN = 200;
const EVENTS = { 1: "logon", 2: "logoff", 3: "join", 4: "leave", 5: "reconnection" };
let callbacks = [];
let callbackRevision = null;
const loadCallbacks = oneAtATime(async (revision) => {
  try {
    callbacks = (await ask(`callbacks?count=${CALLBACKS_SHOWN}`)).callbacks;
    callbackRevision = revision;
    showCallbacks();
  } catch { /* Said by the badge; the next state asks again. */ }
});
const callbackEvents = (it) => (it.body?.eves ?? []).flatMap((eve) => eve.events.map((its) => `${eve.uid}: ${EVENTS[its.e] ?? its.e}`)).join(", ") || pretty(it.body);
function callbackBadge(it) {
  if (it.delivered) return badge("live", "delivered");
  return it.givenUp ? badge("bad", "given up", it.why) : badge("frozen", it.tries.length ? "tried again" : "waits");
}
function signatureCheck(it) {
  const [timestamp, signature, verdict] = [node("input", { autocomplete: "off", "aria-label": "Ali-Live-Timestamp" }), node("input", { autocomplete: "off", "aria-label": "Ali-Live-Signature" }), node("p", { role: "status" })];
  if (it.signed) [timestamp.value, signature.value] = [it.signed.timestamp, it.signed.signature];
  const check = (pressed) => {
    const given = { number: it.number, timestamp: timestamp.value, signature: signature.value };
    return perform(pressed, ctl("callbacks", ...options({ check: it.number, timestamp: given.timestamp, signature: given.signature })), async () => {
      const said = await ask("callbacks/check", given);
      verdict.replaceChildren(said.genuine ? badge("live", "genuine") : badge("bad", "not genuine"), said.genuine ? "" : ` ${said.why}. `, said.expected && !said.genuine ? node("code", {}, `expected ${said.expected}`) : "");
    });
  };
  return node("details", {}, node("summary", {}, "Signature"),
    node("p", { class: "soft" }, "Lower-case hexadecimal MD5 of ADDRESS|TIMESTAMP|AppKey, where the address is the callback's URL or its host (reading callback.sign-field). Put in what your receiver saw:"),
    node("div", { class: "row" }, node("label", { class: "grow" }, "Ali-Live-Timestamp", timestamp), node("label", { class: "grow" }, "Ali-Live-Signature", signature), button("Check", ({ currentTarget }) => check(currentTarget))), verdict);
}
function showCallbacks() {
  const find = $("callbacks-find").value.trim().toLowerCase();
  const found = callbacks.filter((it) => JSON.stringify([it.url, it.body, it.tries, it.why, callbackEvents(it)]).toLowerCase().includes(find)).reverse();
  $("callbacks-count").textContent = thousands(found.length);
  showRows($("callbacks-rows"), found, (it) => it.number, (it) => node("li", { class: "card" },
    node("div", { class: "line" }, node("b", {}, `${it.number}`), timeOf(it.atMicros), node("span", {}, callbackEvents(it)), callbackBadge(it),
      button("Send again", ({ currentTarget }) => perform(currentTarget, ctl("callbacks", "--replay", it.number), () => ask("callbacks/replay", { number: it.number }), `Callback ${it.number} is sent again.`), { class: "small push", "aria-label": `Send callback ${it.number} again` })),
    node("div", { class: "soft mono" }, it.url), it.tries.length ? node("div", { class: "soft" }, `tries: ${it.tries.join("; ")}`) : null, it.why ? node("div", { class: "refused" }, it.why) : null,
    node("details", {}, node("summary", {}, "Body"), node("pre", { tabindex: 0 }, pretty(it.body))), signatureCheck(it)));
  const urls = state.now?.apps.some((app) => app.callbackUrl);
  emptyState("callbacks-empty", found.length === 0, callbacks.length ? "No callback fits." : urls ? "No callback yet: logons, joins and leaves cause them." : "No application has an address for callbacks.", ...(callbacks.length
    ? [button("Show all", () => { $("callbacks-find").value = ""; showCallbacks(); })]
    : urls ? firstSteps().slice(0, 1) : [button("Set an address", () => fillOperation("ModifyLiveMessageAppCallback", { AppId: state.now?.apps.at(-1)?.appId ?? "", EventCallbackUrl: "http://127.0.0.1:9000/events" }), { class: "main" })]));
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
onState((now) => {
  showOutgoing(now.outgoing);
  if (now.callbackRevision !== callbackRevision) loadCallbacks(now.callbackRevision);
  else if (callbacks.length === 0) showCallbacks();
});
$("callbacks-find").addEventListener("input", showCallbacks);
