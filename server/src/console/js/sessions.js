// Sessions: who is online, found by a part of the name, and outages.

let searchedSessions = null;
function showSessions(found, count) {
  $("sessions-count").textContent = found.length < count ? `${thousands(found.length)} of ${thousands(count)}` : thousands(count);
  showRows($("sessions-rows"), found, (session) => `${session.app}/${session.user}`, (session) => {
    const link = session.inOutage ? ["frozen", "outage"] : !session.linkUp ? ["off", "lost"] : session.virtual ? ["fast", "virtual"] : ["live", "up"];
    const who = { app: session.app, user: session.user };
    const flip = ({ currentTarget }) => perform(currentTarget, ctl("outage", ...options({ ...who, end: session.inOutage })), () => ask("outage", { ...who, down: !session.inOutage }), session.inOutage ? `The outage of ${session.user} ended.` : `${session.user} is cut off.`);
    return node("tr", {}, cells(["user", [session.user, session.admin ? node("span", { class: "soft" }, " admin") : null], { class: "name" }], ["application", node("span", { class: "mono", title: session.app }, shortly(session.app, 13))],
      ["groups", thousands(session.groups), { class: "number" }], ["link", badge(...link)],
      ["", [button(session.inOutage ? "End outage" : "Outage", flip, { "aria-label": `${session.inOutage ? "End the outage" : "Start an outage"}: ${session.user}` }), " ", button("Feed", () => narrow(session.user), { "aria-label": `Show ${session.user} in the feed` })]]));
  });
  const find = $("sessions-find").value.trim();
  emptyState("sessions-empty", found.length === 0, find ? `Nobody online has “${find}” in the ID.` : "Nobody is online.", ...(find
    ? [button("Show all", () => { $("sessions-find").value = ""; findSessions(); })]
    : state.now?.groups.some((group) => group.live) ? firstSteps().slice(0, 1) : firstSteps()));
}
const findSessions = oneAtATime(async () => {
  const search = $("sessions-find").value.trim();
  if (!search) {
    searchedSessions = null;
    if (state.now) showSessions(state.now.sessions, state.now.sessionCount);
    return;
  }
  try {
    const { sessions, count } = await ask(`sessions?${query({ search, count: 200 })}`);
    if (search !== $("sessions-find").value.trim()) return;
    searchedSessions = search;
    showCommandOnce(ctl("sessions", ...options({ search })));
    showSessions(sessions, count);
  } catch (error) {
    say(error.message, true);
  }
});
let shownOnce = "";
function showCommandOnce(text) {
  if (shownOnce !== text) showCommand(text);
  shownOnce = text;
}
const findSessionsSoon = later(150, findSessions);
$("sessions-find").addEventListener("input", findSessionsSoon);
onState((now) => {
  if ($("sessions-find").value.trim()) findSessionsSoon();
  else showSessions(now.sessions, now.sessionCount);
});
