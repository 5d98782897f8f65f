// Worlds: made, opened, ended; and the service of this one, emptied.

const WORLDS = "/_claque/worlds";
let worldsShown = "";
const loadWorlds = oneAtATime(async () => {
  try {
    const { worlds } = await ask(WORLDS);
    const text = JSON.stringify(worlds);
    if (text !== worldsShown) showWorlds(worlds);
    worldsShown = text;
  } catch { /* Said by the badge. */ }
});
const pageOf = (name) => (name === "default" ? "/_claque/" : `${WORLDS}/${encodeURIComponent(name)}/`);
function showWorlds(worlds) {
  $("worlds-count").textContent = thousands(worlds.length);
  const mine = worldName || "default";
  showRows($("worlds-rows"), worlds, (its) => its.world, (its) => node("tr", {},
    cells(["world", [its.world === mine ? node("b", {}, its.world, " ", badge("live", "this page")) : node("a", { href: pageOf(its.world) + location.hash }, its.world)]],
      ["access key", node("span", { class: "mono" }, its.accessKeyId ?? "—")], ["endpoint", node("span", { class: "mono" }, its.endpoint)], ["memory", size(its.bytes), { class: "number" }],
      ["", [button("Copy the key", () => copy(`CLAQUE_ENDPOINT=${its.endpoint} CLAQUE_ACCESS_KEY_ID=${its.accessKeyId} CLAQUE_ACCESS_KEY_SECRET=${its.accessKeySecret}`), { "aria-label": `Copy the key of ${its.world}` }), " ",
        its.world === "default" ? null : sureButton("End", `End the world ${its.world}`, (pressed) => perform(pressed, ctlOfServer("world", "delete", its.world), async () => {
          await ask(`${WORLDS}/${encodeURIComponent(its.world)}`, null, "DELETE");
          if (its.world === mine) location.href = "/_claque/";
          await loadWorlds();
        }, `The world ${its.world} ended.`))]])));
}
/* A button that asks once more before it does what cannot be taken back. */
function sureButton(text, what, job) {
  let sure;
  const made = button(text, () => {
    if (sure) {
      clearTimeout(sure);
      [sure, made.textContent] = [undefined, text];
      return job(made);
    }
    made.textContent = "Really?";
    sure = setTimeout(() => { [sure, made.textContent] = [undefined, text]; }, 4000);
    return undefined;
  }, { "aria-label": what });
  return made;
}
submitted("world-form", ({ name, clock: pace }, _, pressed) => perform(pressed, ctlOfServer("world", "create", name, "--clock", pace), async () => {
  const made = await ask(WORLDS, { ...(name ? { name } : {}), clock: pace });
  await loadWorlds();
  return made.world;
}, (world) => `The world ${world} is there.`));
let sureOfReset;
$("reset").addEventListener("click", ({ currentTarget }) => {
  if (!sureOfReset) {
    currentTarget.textContent = "Delete everything?";
    sureOfReset = setTimeout(() => { sureOfReset = undefined; currentTarget.textContent = "Reset the service"; }, 4000);
    return;
  }
  clearTimeout(sureOfReset);
  sureOfReset = undefined;
  currentTarget.textContent = "Reset the service";
  perform(currentTarget, ctl("reset"), async () => {
    await ask("reset", {});
    clearFeed();
    closeGroup();
    closeStory();
    messages = new Map();
    shed = [];
    showMessages();
    showLedger();
  }, "The service is empty.");
});
