// Messages, each with what became of it: put together from calls, deliveries, and what was shed.

const MESSAGES_MAX = 2000;
const MESSAGES_SHOWN = 200;
const SENDS = { SendLiveMessageGroup: true, SendMessageToGroup: true, SendMessageToGroupUsers: true, SendLiveMessageUser: true, sendGroupMessage: true, sendC2cMessage: true };
let messages = new Map();
let openedMessage = null;

/* What is known of a message; a message that was refused has no ID, and goes by its call. */
function learn(key, facts) {
  const known = messages.get(key) ?? { key, outcome: "waits", recovered: [], copies: 0 };
  messages.set(key, { ...known, ...facts });
  if (messages.size > MESSAGES_MAX) messages.delete(messages.keys().next().value);
}
function messagesOfCalls(fresh) {
  for (const call of fresh.filter((its) => SENDS[its.name])) {
    const given = call.parameters ?? {};
    const answer = call.answer?.result ?? call.answer;
    const id = answer?.MsgTid ?? answer?.MessageId ?? answer?.messageId;
    const facts = {
      call: call.number, user: call.client ? call.caller : given.SenderId ?? given.OperatorUserId ?? call.caller, group: given.GroupId ?? given.groupId ?? null,
      body: String(given.Body ?? given.Data ?? given.data ?? ""), type: given.MsgType ?? given.Type ?? given.type ?? null,
    };
    if (call.atMicros !== null) facts.sentMicros = call.atMicros;
    if (id) learn(id, { ...facts, id });
    else if (call.fault) learn(`call ${call.number}`, { ...facts, outcome: "fault", fault: call.fault });
    else if (failed(call)) learn(`call ${call.number}`, { ...facts, outcome: "refused", code: callCode(call), rule: call.rules[0] ?? null });
  }
  showMessages();
}
onFeed((fresh) => {
  for (const event of fresh) {
    if (event.kind === "delivered" || event.kind === "direct") {
      learn(event.messageId, {
        id: event.messageId, user: event.user, group: event.group ?? null, app: event.app, level: event.level, type: event.type, body: event.body,
        outcome: "delivered", atMicros: event.atMicros, members: event.members ?? 1, seq: event.seq,
      });
    } else if (event.kind === "shed") {
      learn(event.messageId, {
        id: event.messageId, user: event.user, group: event.group, app: event.app, level: event.level, type: event.type, body: event.body, outcome: "shed",
        atMicros: event.atMicros, sentMicros: event.submittedMicros, rule: event.rule, winner: event.winner,
      });
    } else if (event.kind === "recovered") {
      for (const id of event.messageIds) {
        const known = messages.get(id);
        if (known) learn(id, { recovered: [...known.recovered, { user: event.user, atMicros: event.atMicros }] });
      }
    }
  }
  if (fresh.some((event) => ["delivered", "direct", "shed", "recovered"].includes(event.kind))) showMessages();
});

const OUTCOMES = {
  delivered: (it) => badge("live", it.members === undefined ? "delivered" : `to ${some(it.members, "member")}`),
  shed: (it) => badge("bad", "shed", it.rule),
  waits: () => badge("frozen", "waits"),
  refused: (it) => badge("bad", `refused ${it.code ?? ""}`),
  fault: (it) => badge("bad", `fault ${it.fault.number}`, it.fault.effect),
};
const messageText = (it) => [it.id, it.user, it.group, it.body, it.rule, it.level, it.type, it.code].join(" ").toLowerCase();
const shortly = (text, most = 60) => (text.length > most ? `${text.slice(0, most)}…` : text);
const showMessages = later(60, () => {
  const [find, outcome] = [$("messages-find").value.trim().toLowerCase(), $("messages-outcome").value];
  const fitting = [...messages.values()].filter((it) => (!outcome || it.outcome === outcome) && messageText(it).includes(find));
  const shown = fitting.slice(-MESSAGES_SHOWN).reverse();
  $("messages-count").textContent = fitting.length > shown.length ? `newest ${thousands(shown.length)} of ${thousands(fitting.length)}` : thousands(shown.length);
  showRows($("messages-rows"), shown, (it) => it.key, (it) => node("tr", { class: it.outcome },
    cells(["sent", timeOf(it.sentMicros ?? it.atMicros)], ["sender", it.user ?? "—"], ["group", it.group ?? "one user"], ["level", level(it.level)],
      ["body", button(`“${shortly(it.body ?? "")}”`, () => openStory(it.key), { class: "link body", "aria-label": `Story of the message ${shortly(it.body ?? "")}` })], ["outcome", OUTCOMES[it.outcome](it)])));
  emptyState("messages-empty", shown.length === 0, messages.size ? "No message fits." : "No message yet.", ...(messages.size
    ? [button("Show all", () => { $("messages-find").value = ""; $("messages-outcome").value = ""; showMessages(); })] : firstSteps()));
  if (openedMessage !== null) showStory();
});

/* The story of one message, line by line. */
function steps(it) {
  const lines = [];
  if (it.call) lines.push(["asked", [`by ${it.user} in `, button(`call ${it.call}`, () => openCall(it.call), { class: "link" })], it.sentMicros]);
  if (it.outcome === "fault") lines.push(["struck", [`Fault ${it.fault.number}: ${it.fault.effect}. The service never saw it. `, button("Faults", () => showView("faults"))]]);
  if (it.outcome === "refused") lines.push(["refused", [`${it.code}: `, ruleSaid(it.rule)]]);
  if (it.id) lines.push(["accepted", [`with the ID ${it.id}. Its sender learns no more than this.`], it.sentMicros]);
  if (it.outcome === "waits") {
    lines.push(["waits", [state.now?.clock.frozen ? "The clock stands: the slot, the review or the deadline that it waits for comes when time goes on. " : "For a slot of its group's second, or a review. ",
      button("+5 s", ({ currentTarget }) => advance(currentTarget, "5s"), { class: "main" })]]);
  }
  if (it.outcome === "shed") {
    lines.push(["shed", ["by ", ruleSaid(it.rule), it.winner ? [" In its place went ", messageLink(it.winner), "."] : " Nothing went in its place."], it.atMicros]);
  }
  if (it.outcome === "delivered") {
    lines.push(["delivered", [`to ${some(it.members, "member")}${it.group ? ` of ${it.group}` : ""}, sequence number ${it.seq}`], it.atMicros]);
  }
  for (const { user, atMicros } of it.recovered) lines.push(["recovered", [`by ${user}, who was away`], atMicros]);
  return lines;
}
function showStory() {
  const place = $("story");
  const it = messages.get(openedMessage);
  const key = JSON.stringify([it ?? openedMessage, state.now?.clock.frozen]);
  if (place.dataset.text === key) return;
  place.dataset.text = key;
  if (!it) {
    place.replaceChildren(node("div", { class: "card detail" }, node("p", {}, `Message ${openedMessage} is not among what this page has seen. `, button("Look in the ledger", () => { $("ledger-find").value = openedMessage; showView("ledger"); }), " ", button("Close", closeStory))));
    return;
  }
  const lost = [...messages.values()].filter((other) => it.id && other.winner === it.id);
  place.replaceChildren(node("div", { class: "card detail", role: "region", "aria-label": "Story of the message" },
    node("h3", {}, node("span", { class: "body" }, `“${shortly(it.body ?? "", 200)}”`), " ", OUTCOMES[it.outcome](it), button("Close", closeStory, { class: "small push" })),
    node("p", { class: "soft" }, `${it.user} → ${it.group ?? "one user"}, type ${it.type ?? "—"}, level ${it.level ?? "not known yet"}`),
    node("ol", { class: "steps" }, steps(it).map(([what, text, at]) => node("li", { class: what }, at ? timeOf(at) : node("span", {}, ""), node("b", {}, what), node("span", {}, text.flat())))),
    lost.length ? node("p", {}, "In its favour were shed: ", lost.slice(0, 20).map((other) => [messageLink(other.id), " "]), lost.length > 20 ? `and ${lost.length - 20} more` : "") : null));
}
function openStory(key) {
  openedMessage = key;
  const { id } = messages.get(key) ?? {};
  if (id) showCommand(line(["claque", "explain", id, "--live", ...where()]));
  showView("messages");
  showStory();
  $("story").querySelector("h3 button")?.focus();
  $("story").scrollIntoView({ block: "nearest" });
}
function closeStory() {
  openedMessage = null;
  $("story").dataset.text = "";
  $("story").replaceChildren();
}
$("messages-find").addEventListener("input", showMessages);
$("messages-outcome").addEventListener("change", showMessages);
