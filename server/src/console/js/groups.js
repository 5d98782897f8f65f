// Groups: all of them, and one with its members, messages, rates and limit.

let openedGroup = null;
let groupView = null;
/* Members of the opened group by second of the service's time, as this page has seen them. */
let membersSeen = new Map();

const groupState = (group) => (!group.live ? badge("off", "deleted") : group.supergroup ? badge("fast", "supergroup", "its member notices are gathered") : badge("live", "group"));
function showGroups(now) {
  const find = $("groups-find").value.trim().toLowerCase();
  const found = now.groups.filter((group) => `${group.groupId} ${group.appId}`.toLowerCase().includes(find));
  $("groups-count").textContent = now.groups.length < now.groupCount ? `${thousands(now.groups.length)} of ${thousands(now.groupCount)}` : thousands(now.groupCount);
  showRows($("groups-rows"), found, groupKey, (group) => node("tr", {},
    cells(["group", button(group.groupId, () => openGroup(group), { class: "link", "aria-label": `Open the group ${group.groupId}` })], ["application", node("span", { class: "mono", title: group.appId }, shortly(group.appId, 13))],
      ["members", thousands(group.members), { class: "number" }], ["delivered", thousands(group.delivered), { class: "number" }], ["state", groupState(group)])));
  emptyState("groups-empty", found.length === 0, now.groups.length ? "No group fits." : "No group yet.", ...(now.groups.length
    ? [button("Show all", () => { $("groups-find").value = ""; showGroups(state.now); })] : firstSteps()));
}
function openGroup({ appId, groupId }) {
  closeGroup();
  openedGroup = { appId, groupId };
  membersSeen = new Map();
  const rates = new LivePlot("Messages delivered and shed", "in each second of the service's time", [{ name: "delivered", colour: "c3", drawn: "bars" }, { name: "shed", colour: "c2", drawn: "bars" }]);
  const members = new LivePlot("Members", "since the group was opened here", [{ name: "members", colour: "c1", drawn: "steps" }]);
  const part = (name) => node("div", { class: name });
  groupView = { rates, members, facts: part("facts-place"), people: part("people"), history: part("history"), search: node("input", { type: "search", autocomplete: "off", placeholder: "a part of the user ID" }), text: "" };
  groupView.search.addEventListener("input", later(150, refreshGroup));
  $("group-detail").replaceChildren(node("div", { class: "card detail", role: "region", "aria-label": `Group ${groupId}` },
    node("h3", {}, `Group ${groupId}`, button("Close", closeGroup, { class: "small push" })), groupView.facts,
    node("div", { class: "two" }, rates.figure, members.figure),
    node("div", { class: "two" }, node("div", {}, node("h4", {}, "Members"), node("label", {}, "Find", groupView.search), groupView.people), node("div", {}, node("h4", {}, "Newest messages"), groupView.history))));
  $("group-detail").querySelector("button").focus();
  refreshGroup();
}
function closeGroup() {
  groupView?.rates.end();
  groupView?.members.end();
  [groupView, openedGroup] = [null, null];
  $("group-detail").replaceChildren();
}
const refreshGroup = oneAtATime(async () => {
  if (!openedGroup) return;
  const { appId, groupId } = openedGroup;
  try {
    const detail = await ask(`group?${query({ app: appId, group: groupId, search: groupView.search.value.trim(), count: 50 })}`);
    if (openedGroup?.groupId === groupId && openedGroup.appId === appId) showGroup(detail);
  } catch (error) {
    if (openedGroup) groupView.facts.replaceChildren(node("p", { class: "soft" }, error.message));
  }
});
function showGroup(it) {
  const text = JSON.stringify(it);
  if (groupView.text === text) return;
  groupView.text = text;
  const who = { app: it.appId, group: it.groupId };
  showCommand(ctl("group", "show", ...options(who)));
  const limit = node("input", { type: "number", min: 1, value: it.messagesPerSecond, "aria-label": "Messages a second of this group" });
  const setLimit = (pressed, value) => perform(pressed, ctl("limits", ...options({ app: it.appId, group: it.groupId }), `group_messages_per_second=${value}`),
    () => ask("limits", { ...who, group_messages_per_second: value }), "The limit of the group is set.");
  if (!groupView.facts.contains(document.activeElement) || document.activeElement.tagName !== "INPUT") groupView.facts.replaceChildren(
    node("dl", { class: "facts" }, node("dt", {}, "state"), node("dd", {}, groupState(it), it.supergroup ? ` above ${thousands(it.membersMax)} members at some time: notices of members are gathered until nobody is in.` : ` a supergroup above ${thousands(it.membersMax)} members, now ${thousands(it.memberCount)}`),
      node("dt", {}, "application"), node("dd", { class: "mono" }, it.appId), node("dt", {}, "name"), node("dd", {}, it.name || "—"), node("dt", {}, "owner"), node("dd", {}, it.owner),
      node("dt", {}, "administrators"), node("dd", {}, it.admins.join(", ") || "none"), node("dt", {}, "created"), node("dd", {}, iso(it.created * 1e6)), node("dt", {}, "delivered"), node("dd", {}, some(it.delivered, "message"))),
    node("div", { class: "row" }, node("label", {}, "Messages a second", limit), button("Set", ({ currentTarget }) => setLimit(currentTarget, Number(limit.value))), button("As all groups", ({ currentTarget }) => setLimit(currentTarget, null)),
      button("In the feed", () => narrow(it.groupId)), button("Its ledger", () => { showView("ledger"); $("ledger-group").value = groupKey(it); showLedger(); }),
      it.live ? button("Delete", ({ currentTarget }) => operate(currentTarget, "DeleteLiveMessageGroup", { AppId: it.appId, GroupId: it.groupId, OperatorId: it.owner }))
        : button("Recover", ({ currentTarget }) => operate(currentTarget, "RecoverLiveMessageDeletedGroup", { AppId: it.appId, GroupId: it.groupId }))));
  const of = (name) => new Map(it.rates.map((rate) => [rate.second, rate[name]]));
  membersSeen.set(Math.floor((state.now?.clock.nowMicros ?? 0) / 1e6), it.memberCount);
  const seconds = [...of("delivered").keys(), ...membersSeen.keys()];
  const whole = [Math.min(...seconds), Math.max(...seconds)];
  groupView.rates.show([of("delivered"), of("shed")], [{ value: it.messagesPerSecond, name: `limit ${thousands(it.messagesPerSecond)}` }], whole);
  groupView.members.show([membersSeen], [{ value: it.membersMax, name: `supergroup above ${thousands(it.membersMax)}` }], whole);
  groupView.people.replaceChildren(it.members.length ? node("div", { class: "scroll" }, node("table", {}, node("tbody", {}, it.members.map((its) => node("tr", {}, node("td", { class: "name" }, its.user, its.admin ? node("span", { class: "soft" }, " admin") : null),
    node("td", {}, its.virtual ? badge("fast", "virtual") : its.linkUp ? badge("live", "up") : badge("off", "lost")), node("td", {}, button("Leave", ({ currentTarget }) => member(currentTarget, "leave", { ...who, user: its.user }), { "aria-label": `${its.user} leaves` })))))))
    : node("div", { class: "empty" }, node("p", {}, groupView.search.value ? "No member fits." : "Nobody is in it, and a send to it is refused."), button("Let ada join", ({ currentTarget }) => member(currentTarget, "join", { ...who, user: "ada" }), { class: "main" })));
  groupView.history.replaceChildren(it.messages.length ? node("ol", { class: "scroll plain", reversed: true }, it.messages.toReversed().map((its) => node("li", {}, timeOf(its.atMicros), " ", level(its.level), " ", node("b", {}, its.user), " ", messageLinkOf(its))))
    : node("div", { class: "empty" }, node("p", {}, "No stored message."), button("Send “hello”", ({ currentTarget }) => operate(currentTarget, "SendLiveMessageGroup", { AppId: it.appId, GroupId: it.groupId, SenderId: it.owner, MsgType: 10001, Body: "hello" }), { class: "main" })));
}
const messageLinkOf = (its) => button(`“${shortly(its.body, 80)}”`, () => {
  if (!messages.has(its.messageId)) learn(its.messageId, { id: its.messageId, user: its.user, group: openedGroup?.groupId, level: its.level, type: its.type, body: its.body, outcome: "delivered", sentMicros: its.sentMicros, atMicros: its.atMicros, seq: its.seq });
  openStory(its.messageId);
}, { class: "link body" });
const refreshGroupSoon = later(120, refreshGroup);
onState((now) => { showGroups(now); if (openedGroup) refreshGroupSoon(); });
$("groups-find").addEventListener("input", () => state.now && showGroups(state.now));
