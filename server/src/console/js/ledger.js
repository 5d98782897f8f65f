// The ledger: every message that was shed, by group, level, rule and text.

const LEDGER_SHOWN = 300;
let shed = [];
let ledgerRead = false;
/* What the stream tells while the ledger is read: the answer may be older. */
let meanwhile = null;

/* Read once, and then kept up by what the stream tells. */
const loadLedger = oneAtATime(async () => {
  meanwhile = [];
  try {
    shed = (await ask("ledger")).shed;
    addShed(meanwhile);
    ledgerRead = true;
    showLedger();
  } catch (error) {
    say(error.message, true);
  } finally {
    meanwhile = null;
  }
});
onFeed((fresh) => {
  const rows = fresh.filter((event) => event.kind === "shed");
  if (rows.length === 0) return;
  meanwhile?.push(...rows);
  if (!ledgerRead) return;
  addShed(rows);
  showLedgerSoon();
});
function addShed(rows) {
  const known = new Set(shed.slice(-2000).map((its) => its.messageId));
  shed.push(...rows.filter((event) => !known.has(event.messageId)).map((event) => ({
    atMicros: event.atMicros, appId: event.app, groupId: event.group, messageId: event.messageId, type: event.type, level: event.level, weight: event.weight,
    sender: event.user, data: event.body, rule: event.rule, winner: event.winner,
  })));
  shed = shed.slice(-20_000);
}
function showLedger() {
  const groups = [...new Set(shed.map(groupKey))];
  showOptions($("ledger-group"), [["", "all"], ...groups.map((key) => [key, key.slice(key.indexOf("/") + 1)])]);
  showOptions($("ledger-rule"), [["", "all"], ...[...new Set(shed.map((its) => its.rule))].sort().map((id) => [id, id])]);
  const [group, name, id, find] = [$("ledger-group").value, $("ledger-level").value, $("ledger-rule").value, $("ledger-find").value.trim().toLowerCase()];
  const found = shed.filter((its) => (!group || groupKey(its) === group) && (!name || its.level === name) && (!id || its.rule === id)
    && `${its.sender} ${its.data} ${its.messageId} ${its.groupId} ${its.type}`.toLowerCase().includes(find));
  const shown = found.slice(-LEDGER_SHOWN).reverse();
  $("ledger-count").textContent = found.length > shown.length ? `newest ${thousands(shown.length)} of ${thousands(found.length)}` : thousands(found.length);
  showRows($("ledger-rows"), shown, (its) => its.messageId, (its) => node("tr", {},
    cells(["shed", timeOf(its.atMicros)], ["group", its.groupId], ["sender", its.sender], ["level", level(its.level)], ["body", button(`“${shortly(its.data, 40)}”`, () => openShed(its), { class: "link body" })],
      ["rule", rule(its.rule)], ["in its place", its.winner ? messageLink(its.winner) : "nothing"])));
  emptyState("ledger-empty", found.length === 0, shed.length ? "No shed message fits." : "No message was shed. A group delivers 50 a second; a burst of more shows how the rest is chosen.",
    shed.length ? button("Show all", () => { for (const its of ["ledger-group", "ledger-level", "ledger-rule", "ledger-find"]) $(its).value = ""; showLedger(); })
      : button("Send a burst of 120", ({ currentTarget }) => burst(currentTarget), { class: "main" }));
}
const showLedgerSoon = later(100, showLedger);
function openShed(its) {
  if (!messages.has(its.messageId)) {
    learn(its.messageId, { id: its.messageId, user: its.sender, group: its.groupId, app: its.appId, level: its.level, type: its.type, body: its.data, outcome: "shed", atMicros: its.atMicros,
      sentMicros: its.submittedMicros ?? its.atMicros, rule: its.rule, winner: its.winner });
  }
  openStory(its.messageId);
}
/* Enough in one second that some are shed, and the second that decides it. */
async function burst(pressed) {
  const group = state.now?.groups.findLast((its) => its.live);
  if (!group) return say("There is no group yet: create one under “Create and send”.", true);
  const whose = { app: group.appId, group: group.groupId };
  await act(pressed, () => ask("crowd", { ...whose, join: 3 }));
  await perform(pressed, ctl("crowd", ...options({ ...whose, send: 120 })), () => ask("crowd", { ...whose, send: 120, body: "applause" }), "120 messages were sent.");
  if (state.now.clock.frozen) await advance(pressed, "5s");
}
for (const id of ["ledger-group", "ledger-level", "ledger-rule"]) $(id).addEventListener("change", showLedger);
$("ledger-find").addEventListener("input", showLedgerSoon);
