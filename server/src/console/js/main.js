// Views, keys, and the beginning.

const tabs = all("[role=tab]");
const viewOf = (tab) => tab.getAttribute("aria-controls");
const NARROW = matchMedia("(max-width: 1080px)");
/* What a view reads only when somebody looks at it. */
const OPENED = { ledger: loadLedger, worlds: loadWorlds };
function showView(name, focus = false) {
  const known = tabs.some((tab) => viewOf(tab) === name) && (name !== "live" || NARROW.matches) ? name : "messages";
  for (const tab of tabs) {
    const chosen = viewOf(tab) === known;
    tab.setAttribute("aria-selected", chosen);
    tab.tabIndex = chosen ? 0 : -1;
    $(viewOf(tab)).classList.toggle("shown", chosen);
    if (chosen && focus) tab.focus();
    if (chosen) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  document.body.classList.toggle("feed-alone", known === "live");
  document.title = `${tabs.find((tab) => viewOf(tab) === known).textContent} · Claque console`;
  const address = new URL(location.href);
  if (address.searchParams.get("view") !== known) {
    address.searchParams.set("view", known);
    history.replaceState(null, "", address);
  }
  OPENED[known]?.();
}
for (const [at, tab] of tabs.entries()) {
  tab.addEventListener("click", () => showView(viewOf(tab)));
  tab.addEventListener("keydown", (event) => {
    const shown = tabs.filter((its) => its.offsetParent !== null);
    const here = shown.indexOf(tabs[at]);
    const next = { ArrowDown: here + 1, ArrowRight: here + 1, ArrowUp: here - 1, ArrowLeft: here - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    showView(viewOf(shown[(next + shown.length) % shown.length]), true);
  });
}
NARROW.addEventListener("change", () => showView(viewOf(tabs.find((tab) => tab.getAttribute("aria-selected") === "true") ?? tabs[0])));

onState((now) => {
  const { counters } = now;
  $("delivered-figure").textContent = thousands(counters.delivered);
  $("shed-figure").textContent = thousands(counters.shed);
  $("refused-figure").textContent = thousands(counters.refused);
  $("links-figure").textContent = thousands(now.linksUp);
  $("virtual-figure").textContent = thousands(now.virtualCount);
  $("groups-figure").textContent = thousands(now.groupCount);
  if ($("worlds").classList.contains("shown")) loadWorlds();
  showMessages();
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const find = () => ($("view").querySelector(".shown input[type=search]") ?? $("filter")).focus();
  const key = { "/": find, p: () => $("pause").click(), f: () => $("freeze").click(), r: () => $("resume").click(), a: () => advance(null, $("span").value) }[event.key];
  if (key) { event.preventDefault(); key(); }
});

if (worldName) {
  $("world").hidden = false;
  $("world").textContent = `world ${worldName}`;
  $("world").href = "/_claque/?view=worlds";
}
for (const link of all(".links a")) link.href = base + link.getAttribute("href");
showCommand(ctl("overview"));
showView(new URLSearchParams(location.search).get("view") ?? "messages");

async function begin() {
  try {
    reference = await ask("reference");
    showFaultTargets();
    showOptions($("operations"), reference.operations.map((its) => [its.name, its.says]));
    showOptions($("scenarios"), reference.scenarios.map((name) => [name, name]));
    await loadReadings();
    if (state.now) showLimits(state.now.limits);
    showParameters();
    $("version").textContent = `claque ${(await ask("version")).version} at ${location.host}`;
    return true;
  } catch {
    return false;
  }
}
(async () => {
  let begun = await begin();
  for (;;) {
    try {
      if (!begun) begun = await begin();
      await follow();
    } catch { /* Said by the badge. */ }
    status("reconnecting", false);
    // A server that starts over counts from the beginning.
    newest = (await ask("feed?after=0&count=0").catch(() => ({ newest }))).newest < newest ? 0 : newest;
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
})();
