// Clock and crowds: time in the tester's hands, virtual members, recorded chats, audiences of scenarios.

let clock = null;
let clockAt = 0;
function showClock(next) {
  clock = next;
  clockAt = performance.now();
  const { times, per } = next.speed;
  const pace = $("pace");
  pace.textContent = next.frozen ? "frozen" : times === per ? "real time" : per === 1 ? `${times}×` : `${times}/${per}×`;
  pace.className = `badge ${next.frozen ? "frozen" : times === per ? "live" : "fast"}`;
  $("freeze").setAttribute("aria-pressed", next.frozen);
  $("resume").setAttribute("aria-pressed", !next.frozen && times === per);
  for (const its of all("[data-speed]")) its.setAttribute("aria-pressed", !next.frozen && per === 1 && its.dataset.speed === `${times}x`);
  tick();
}
function tick() {
  if (!clock) return;
  const { times, per } = clock.speed;
  const micros = clock.nowMicros + (clock.frozen ? 0 : (performance.now() - clockAt) * 1000 * (times / per));
  $("now").textContent = iso(micros).replace("T", " ").replace(/(\.\d)\d+Z/, "$1");
  if (document.activeElement !== $("to") && !$("to").value) $("to").value = iso(micros).slice(0, 19);
}
setInterval(tick, 100);
const moved = (pressed, change, words) => perform(pressed, ctl("clock", ...words), () => ask("clock", change));
const advance = (pressed, by) => moved(pressed, { advance: by }, ["--advance", by]);
$("freeze").addEventListener("click", (event) => moved(event.currentTarget, { freeze: true }, ["--freeze"]));
$("resume").addEventListener("click", (event) => moved(event.currentTarget, { resume: true }, ["--resume"]));
for (const its of all("[data-speed]")) its.addEventListener("click", () => moved(its, { speed: its.dataset.speed }, ["--speed", its.dataset.speed]));
for (const its of all("[data-advance]")) its.addEventListener("click", () => advance(its, its.dataset.advance));
submitted("advance-form", () => advance($("advance"), $("span").value));
submitted("jump-form", () => {
  const to = Math.floor(Date.parse(`${$("to").value}Z`) / 1000);
  moved($("jump"), { to }, ["--to", to]);
});

const DASHED = { chatPerSecond: "chat-per-second", chatSeconds: "chat-seconds" };
const crowd = (pressed, form, change) => {
  const whose = chosenGroup(form);
  const words = options(Object.fromEntries(Object.entries({ ...whose, ...change }).map(([name, value]) => [DASHED[name] ?? name, value])));
  return perform(pressed, ctl("crowd", ...words), () => ask("crowd", { ...whose, ...change }), (outcome) => `${thousands(outcome.crowd)} of the crowd among ${some(outcome.members, "member")}`);
};
for (const its of all("[data-crowd]")) {
  its.addEventListener("click", () => {
    try { crowd(its, $("crowd-form"), JSON.parse(its.dataset.crowd)); } catch (error) { say(error.message, true); }
  });
}
submitted("crowd-form", () => {});
submitted("say-form", ({ send, level: name, body }, form, pressed) => crowd(pressed, form, { send: Number(send), level: name, body }));
submitted("chat-form", ({ file, speed }, form, pressed) => {
  const whose = chosenGroup(form);
  $("chat-notes").replaceChildren();
  perform(pressed, ctl("crowd", ...options({ ...whose, chat: file.name, speed })), async () => {
    const { ok, status: code, object } = await request(`crowd/chat?${query({ ...whose, file: file.name, speed })}`, { method: "POST", headers: headers(), body: file });
    if (!ok) throw new Error(object?.error ?? `${code}`);
    $("chat-notes").replaceChildren(...[`${object.format}: ${some(object.messages, "message")} of ${some(object.users, "user")}, until ${iso(object.endMicros)}`, ...object.notes].map((text) => node("li", {}, text)));
    if (clock?.frozen) $("chat-notes").append(node("li", {}, "The clock stands. ", button("Let it run", ({ currentTarget }) => moved(currentTarget, { resume: true }, ["--resume"]), { class: "main" })));
  }, "The recording is in store.");
});
submitted("scenario-form", ({ scenario, users, file }, form, pressed) => {
  const whose = chosenGroup(form);
  const name = file.size ? file.name : scenario;
  perform(pressed, ctl("crowd", ...options({ ...whose, scenario: name, users })), async () => {
    const asked = { ...whose, scenario: name, users: Number(users), ...(file.size ? { text: await file.text() } : {}) };
    const { acts, leftOut } = await ask("crowd/scenario", asked);
    return `${some(acts, "act")} in store${leftOut.length ? `; in your hands: ${leftOut.join(", ")}` : ""}.`;
  }, (text) => text);
});
onState((now) => {
  showClock(now.clock);
  $("crowd-waiting").textContent = now.crowdWaiting ? `${some(now.crowdWaiting, "act")} still to come, on the service's time.` : "";
});
