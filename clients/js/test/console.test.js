// A walk through the console in Chromium: what a developer does, and what is on the page after each action.

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";

import { browse } from "./browser.js";
import { Service } from "./service.js";

const pictures = process.env.CLAQUE_PICTURES;
// Each request waits up to so many milliseconds: finds what holds on a quick machine only.
const delay = Number(process.env.CLAQUE_DELAY_MS ?? 0);
let service;
let browser;
before(async () => {
  service = await Service.start();
  browser = await browse({ viewport: { width: 1440, height: 900 } });
});
after(async () => {
  await browser?.end();
  await service?.stop();
});
// A page that a failure left open keeps its connections, and a browser has six for a server.
afterEach(() => Promise.all(browser.context.pages().slice(1).map((page) => page.close())));

async function open(path = "/_claque/") {
  const page = await browser.context.newPage();
  page.setDefaultTimeout(15_000);
  if (delay) await page.route("**", (its) => new Promise((done) => setTimeout(done, Math.random() * delay)).then(() => its.continue()));
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(`${error}`));
  page.on("console", (line) => line.type() === "error" && !/status of (4|5)\d\d/.test(line.text()) && wrong.push(line.text()));
  // Nothing but this server may be asked for.
  page.on("request", (request) => /^(data|blob):/.test(request.url()) || request.url().startsWith(service.url) || wrong.push(request.url()));
  await page.goto(service.url + path);
  await page.waitForFunction(() => document.getElementById("link").textContent === "live");
  await page.waitForFunction(() => document.getElementById("version").textContent !== "");
  return { page, wrong };
}
const text = (page, id) => page.locator(`#${id}`).textContent();
const becomes = (page, id, pattern) =>
  page.waitForFunction(([its, wanted]) => new RegExp(wanted, "s").test(document.getElementById(its).textContent), [id, pattern], { timeout: 15_000 });
const view = (page, name) => page.getByRole("tab", { name, exact: true }).click();
const press = (page, name, of = page) => of.getByRole("button", { name, exact: true }).first().click();
const command = (page, pattern) => becomes(page, "command", pattern);

test("an empty server is filled by one click at a time, and a message has its story", async () => {
  const { page, wrong } = await open("/");
  assert.equal(new URL(page.url()).pathname, "/_claque/", "the address of the server leads here");
  assert.equal(await text(page, "pace"), "frozen");
  await press(page, "Create an application and a group");
  await press(page, "Let ada join", page.locator("#messages-empty"));
  await command(page, "claque ctl .*join .*--group show --user ada");
  await becomes(page, "virtual-figure", "^1$");
  await press(page, "Send “hello” to show", page.locator("#messages-empty"));
  await command(page, "claque call .*SendLiveMessageGroup .*Body=hello");
  await becomes(page, "messages-rows", "host.*show.*hello.*to 1 member");
  await page.getByRole("button", { name: "Story of the message hello" }).click();
  await becomes(page, "story", "accepted.*delivered.*to 1 member of show, sequence number 1");
  await command(page, "claque explain [0-9a-f]{16} --live --endpoint");
  const [group] = (await service.control("groups")).groups;
  assert.equal(group.delivered, 1);
  await page.locator("#story").getByRole("button", { name: /^call \d+$/ }).click();
  await becomes(page, "call-detail", "SendLiveMessageGroup.*decided by.*message\\.");
  await becomes(page, "call-detail", '"Body": "hello".*"MsgTid"');
  await command(page, "Body=hello");
  assert.deepEqual(wrong, []);
  await page.close();
});

test("a crowd bursts: what was shed is in the messages, the ledger, the group's rates, and names its winner", async () => {
  const { page, wrong } = await open("/_claque/?view=crowd");
  await press(page, "+100");
  await command(page, "claque ctl .*crowd .*--group show --join 100");
  await becomes(page, "virtual-figure", "^101$");
  const form = page.locator("#say-form");
  await form.getByLabel("Messages").fill("130");
  await form.getByLabel("Level").selectOption("MEDIUM");
  await press(page, "Send them", form);
  await becomes(page, "feed", "applause");
  await press(page, "+5 s");
  // Of 130 in one second 50 are delivered, and the newest of their type in the next: none of the others outranks one of those.
  await becomes(page, "shed-figure", "^79$");
  await view(page, "Ledger");
  await becomes(page, "ledger-count", "^79$");
  await page.locator("#ledger-find").fill("crowd000099");
  await becomes(page, "ledger-count", "^1$");
  await page.locator("#ledger-rows button.body").click();
  await becomes(page, "story", "shed.*shaper\\.");
  await view(page, "Messages");
  await page.locator("#messages-outcome").selectOption("shed");
  await becomes(page, "messages-count", "^79$");
  await view(page, "Groups");
  await page.getByRole("button", { name: "Open the group show" }).click();
  await becomes(page, "group-detail", "Messages delivered and shed.*delivered.*shed");
  await command(page, "claque ctl .*group show");
  const plot = page.locator("#group-detail figure").first();
  await plot.locator("summary").click();
  await plot.locator("tbody tr").first().waitFor();
  const rows = await Promise.all((await plot.locator("tbody tr").all()).map((row) => row.locator("td").allTextContents()));
  const sum = (column) => rows.reduce((all, row) => all + Number(row[column]), 0);
  assert.deepEqual([sum(1), sum(2)], [52, 79], `${rows}`);
  assert.ok(rows.every((row) => Number(row[1]) <= 50), `50 a second: ${rows}`);
  await plot.locator(".plot").focus();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  assert.match(await plot.locator(".legend").textContent(), /delivered 50\s*shed \d+/);
  assert.match(await plot.locator(".now").textContent(), /\d\d:\d\d:\d\d: delivered 50, shed \d+/);
  const ticks = await plot.locator(".y span").allTextContents();
  assert.ok(["0", "20", "40"].every((tick) => ticks.includes(tick)), `round ticks: ${ticks}`);
  await page.locator("#group-detail").getByLabel("Messages a second of this group").fill("3");
  await press(page, "Set", page.locator("#group-detail"));
  await page.waitForFunction(() => /limit 3\b/.test(document.querySelector("#group-detail .bounds").textContent));
  await press(page, "As all groups", page.locator("#group-detail"));
  await page.waitForFunction(() => /limit 50\b/.test(document.querySelector("#group-detail .bounds").textContent));
  assert.deepEqual(wrong, []);
  if (pictures) await page.screenshot({ path: `${pictures}/wide.png` });
  await page.close();
});

test("users are made, send as themselves and leave; an outage is recovered from", async () => {
  const { page, wrong } = await open("/_claque/?view=act");
  const join = page.locator("#member-form");
  await join.getByLabel("User ID").fill("bob");
  await press(page, "Join", join);
  await becomes(page, "said", "bob is in show");
  const send = page.locator("#send-form");
  await send.getByLabel("As").selectOption("client");
  await send.getByLabel("Sender, a user ID").fill("bob");
  await send.getByLabel("Body").fill("from bob");
  await press(page, "Send", send);
  await command(page, "claque ctl .*say .*--user bob --body 'from bob'");
  await becomes(page, "feed", "bob → show, \\d+ members “from bob”");
  await view(page, "Sessions");
  await page.locator("#sessions-find").fill("bob");
  await becomes(page, "sessions-count", "^1$");
  await page.getByRole("button", { name: "Start an outage: bob" }).click();
  await becomes(page, "sessions-rows", "outage");
  await view(page, "Create and send");
  await send.getByLabel("As").selectOption("server");
  await send.getByLabel("Sender, a user ID").fill("host");
  await send.getByLabel("Level").selectOption("HIGH");
  await send.getByLabel("Body").fill("a gift");
  await press(page, "Send", send);
  await becomes(page, "feed", "a gift");
  await view(page, "Sessions");
  await page.getByRole("button", { name: "End the outage: bob" }).click();
  await becomes(page, "feed", "bob pulled 1 HIGH in show: “a gift”");
  await view(page, "Create and send");
  await press(page, "Leave", join);
  await becomes(page, "said", "bob left show");
  await page.locator("#operation-name").fill("DescribeLiveMessageGroup");
  await press(page, "Call", page.locator("#operation-form"));
  await becomes(page, "operation-answer", '^200\\s.*"OnlineUserCounts": 101');
  await command(page, "claque call .*DescribeLiveMessageGroup AppId=.* GroupId=show");
  assert.deepEqual(wrong, []);
  await page.close();
});

test("faults are set by a form that knows every target, strike as often as asked, and are removed one by one", async () => {
  const { page, wrong } = await open("/_claque/?view=faults");
  const form = page.locator("#fault-form");
  const targets = await page.locator("#fault-target option").count();
  assert.equal(targets, 1 + 54 + (await service.control("reference")).methods.length);
  await press(page, "Add fault", form);
  await becomes(page, "wrong", "Choose what the fault does");
  assert.deepEqual((await service.control("faults")).faults, [], "an empty form puts nothing on");
  await page.locator("#fault-target").selectOption("operation:SendLiveMessageGroup");
  await page.locator("#fault-fail").selectOption("ServerError");
  await form.getByLabel("Only the next").fill("1");
  await form.getByLabel("Only group").fill("show");
  await press(page, "Add fault", form);
  await becomes(page, "faults-rows", "SendLiveMessageGroup.*group show, the next 1.*fails with ServerError.*0 of 0 calls");
  await command(page, "claque ctl .*fault --operation SendLiveMessageGroup --fail ServerError --next 1 --group show");
  await page.locator("#fault-target").selectOption("method:joinGroup");
  assert.match(await page.locator("#fault-fail").textContent(), /412: busy/);
  await page.locator("#fault-fail").selectOption("412");
  await form.getByLabel("Only the next").fill("");
  await form.getByLabel("Of a hundred calls").fill("30");
  await form.getByLabel("Wait first").fill("1ms");
  await form.getByLabel("Up to").fill("5ms");
  await press(page, "Add fault", form);
  await becomes(page, "faults-rows", "joinGroup.*30 %.*waits 1 ms to 5 ms, then fails with 412");
  // By the command line or another tab, the page shows it at once.
  const [{ appId }] = (await service.control("overview")).apps;
  await assert.rejects(service.call("SendLiveMessageGroup", { AppId: appId, GroupId: "show", SenderId: "host", MsgType: 10001, Body: "struck" }), /ServerError/);
  await becomes(page, "faults-rows", "used up: 1 of 1 call");
  await becomes(page, "feed", "struck by fault");
  await page.getByRole("button", { name: "Remove the fault of SendLiveMessageGroup" }).click();
  await page.waitForFunction(() => document.querySelectorAll("#faults-rows tr").length === 1);
  assert.equal((await service.control("faults")).faults[0].method, "joinGroup", "the other one stays");
  await press(page, "Remove all");
  await becomes(page, "faults-empty", "No fault is on");
  await view(page, "Messages");
  await page.locator("#messages-outcome").selectOption("fault");
  await becomes(page, "messages-rows", "struck.*fault \\d+");
  assert.deepEqual(wrong, []);
  await page.close();
});

test("a recorded chat and a scenario run in the server, from files", async () => {
  const { page, wrong } = await open("/_claque/?view=crowd");
  const form = page.locator("#chat-form");
  const lines = [[0, "nadia", "good morning"], [8000, "tom", "hello nadia"]].map(([at_ms, user, body]) => JSON.stringify({ at_ms, user, type: "comment", body }));
  await form.getByLabel("Recording").setInputFiles({ name: "morning.jsonl", mimeType: "text/plain", buffer: Buffer.from(`${lines.join("\n")}\n`) });
  await form.getByLabel("Speed").fill("4");
  await press(page, "Replay", form);
  await becomes(page, "chat-notes", "2 messages of 2 users");
  await command(page, "crowd .*--chat morning.jsonl --speed 4");
  await becomes(page, "feed", "good morning");
  await press(page, "+5 s");
  await becomes(page, "feed", "chat000001 → show.*hello nadia");
  const scenario = page.locator("#scenario-form");
  await page.locator("#scenarios").selectOption("smoke");
  await scenario.getByLabel("Users").fill("10");
  await press(page, "Start", scenario);
  await becomes(page, "said", "acts? in store");
  await becomes(page, "crowd-waiting", "still to come");
  await press(page, "Stop", page.locator("#crowd-form"));
  await page.waitForFunction(() => document.getElementById("crowd-waiting").textContent === "");
  assert.deepEqual(wrong, []);
  await page.close();
});

test("readings and limits say what they mean and what is changed, whoever changed it", async () => {
  const { page } = await open("/_claque/?view=settings");
  await page.locator("#readings-find").fill("shaper.window");
  const reading = page.locator("#readings-rows .setting", { has: page.getByText("shaper.window", { exact: true }) });
  assert.ok((await reading.textContent()).includes("The documents:"), "it is explained");
  await reading.locator("select").selectOption("window-close");
  await command(page, "claque ctl .*readings shaper.window=window-close");
  await becomes(page, "readings-count", "^1 of \\d+ changed");
  await page.getByRole("button", { name: "shaper.window to its default" }).click();
  await becomes(page, "readings-count", "^0 of \\d+ changed");
  await service.control("readings", { "shaper.window": "window-close" });
  await becomes(page, "readings-count", "^1 of \\d+ changed");
  await press(page, "All to their defaults", page.locator("#settings"));
  await becomes(page, "readings-count", "^0 of \\d+ changed");
  const limit = page.locator("#limits-rows .setting", { hasText: "group_messages_per_second" });
  assert.match(await limit.textContent(), /Unit: messages a second. Now 50; documented: 50/);
  await limit.locator("input").fill("7");
  await limit.locator("input").press("Enter");
  await page.waitForFunction(() => /Now 7; documented: 50/.test(document.getElementById("limits-rows").textContent));
  assert.equal((await service.control("limits")).group_messages_per_second, 7);
  await page.getByRole("button", { name: "group_messages_per_second to its default" }).click();
  await page.waitForFunction(() => /Now 50; documented: 50/.test(document.getElementById("limits-rows").textContent));
  await page.close();
});

test("a callback is shown with its body, checked, and sent again", async () => {
  const { page, wrong } = await open("/_claque/?view=callbacks");
  await press(page, "Set an address", page.locator("#callbacks-empty"));
  await page.locator("#operation-parameters").getByLabel(/^EventCallbackUrl/).fill("http://127.0.0.1:9/events");
  await press(page, "Call", page.locator("#operation-form"));
  await becomes(page, "operation-answer", "^200");
  const [{ appId: app }] = (await service.control("overview")).apps;
  await service.control("join", { app, group: "show", user: "carol" });
  await view(page, "Callbacks");
  await becomes(page, "callbacks-rows", "carol: (logon|join).*http://127.0.0.1:9/events.*tries");
  const first = page.locator("#callbacks-rows > li").last();
  await first.getByText("Body", { exact: true }).click();
  assert.match(await first.locator("pre").textContent(), /"uid": "carol"/);
  await first.getByText("Signature", { exact: true }).click();
  await press(page, "Check", first);
  await page.waitForFunction(() => /genuine/.test(document.querySelector("#callbacks-rows > li:last-child [role=status]").textContent));
  await command(page, "claque ctl .*callbacks --check \\d+ --timestamp");
  const before = await first.textContent();
  await page.getByRole("button", { name: "Send callback 1 again" }).click();
  await command(page, "claque ctl .*callbacks --replay 1");
  await page.waitForFunction((its) => document.querySelector("#callbacks-rows > li:last-child").textContent !== its, before);
  assert.equal(await first.locator("details[open]").count(), 2, "what was opened stays open when its row changes");
  assert.deepEqual(wrong, []);
  await page.close();
});

test("a world is made, worked in, and ended", async () => {
  const { page, wrong } = await open("/_claque/?view=worlds");
  const form = page.locator("#world-form");
  await form.getByLabel("Name").fill("w1");
  await press(page, "Create world", form);
  await command(page, "claque ctl .*world create w1 --clock manual");
  await page.getByRole("link", { name: "w1", exact: true }).click();
  await page.waitForFunction(() => document.getElementById("link").textContent === "live");
  assert.equal(await text(page, "groups-figure"), "0", "a service of its own");
  await press(page, "Create an application and a group");
  await becomes(page, "groups-figure", "^1$");
  await command(page, "claque call .*--world w1 CreateLiveMessageGroup");
  assert.equal((await service.control("worlds/w1/groups")).groups.length, 1);
  await page.goto(`${service.url}/_claque/?view=worlds`);
  await page.getByRole("button", { name: "End the world w1" }).click();
  assert.equal((await service.control("worlds")).worlds.length, 2, "the first click only asks");
  await page.getByRole("button", { name: "End the world w1" }).click();
  await becomes(page, "worlds-count", "^1$");
  assert.deepEqual(wrong, []);
  await page.close();
});

test("the clock moves by a click, and a reset asks twice", async () => {
  const { page } = await open("/_claque/console?view=crowd");
  const before = await service.control("clock");
  await page.locator("#span").fill("90m");
  await page.locator("#advance").click();
  await command(page, "claque ctl .*clock --advance 90m");
  await becomes(page, "now", new Date((before.unixSeconds + 5400) * 1000).toISOString().slice(0, 19).replace("T", " "));
  assert.equal((await service.control("clock")).unixSeconds, before.unixSeconds + 5400);
  await view(page, "Worlds");
  await page.locator("#reset").click();
  assert.ok((await service.control("groups")).groups.length > 0, "the first click only asks");
  await page.locator("#reset").click();
  await becomes(page, "groups-figure", "^0$");
  await page.close();
});

test("a hostile text stays text, by keyboard alone, at 360 pixels, light and dark", async () => {
  const app = await service.show();
  const { page, wrong } = await open();
  const hostile = "<img src=x onerror=\"document.title='owned'\">";
  await page.setViewportSize({ width: 360, height: 740 });
  await service.control("join", { app: app.AppId, group: "g", user: "ada" });
  await service.send(app, hostile);
  await becomes(page, "messages-rows", "<img src=x");
  await page.locator("#messages-rows button.body").first().click();
  await becomes(page, "story", "<img src=x");
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    for (const tab of await page.getByRole("tab").all()) {
      await tab.click();
      const [width, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      assert.ok(width <= room, `${await tab.textContent()} is ${width} wide in ${room}`);
      if (pictures) await page.screenshot({ path: `${pictures}/narrow-${await tab.getAttribute("aria-controls")}-${scheme}.png` });
    }
  }
  await becomes(page, "feed", "<img src=x");
  assert.equal(await page.evaluate(() => document.images.length), 0);
  assert.match(await page.title(), /Claque console/);
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.getByRole("tab", { name: "Messages" }).focus();
  await page.keyboard.press("End");
  assert.equal(await page.getByRole("tab", { selected: true }).textContent(), "Worlds");
  await page.keyboard.press("Home");
  await page.keyboard.press("/");
  await page.keyboard.type("onerror");
  await page.waitForFunction(() => document.querySelectorAll("#messages-rows tr").length === 1);
  await page.keyboard.press("Escape");
  await page.locator("body").press("r");
  await becomes(page, "pace", "real time");
  await page.locator("body").press("f");
  await becomes(page, "pace", "frozen");
  await view(page, "Crowd and clock");
  const before = (await service.control("clock")).unixSeconds;
  await page.locator("#span").focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => !document.getElementById("advance").disabled);
  assert.equal((await service.control("clock")).unixSeconds, before + 30);
  assert.deepEqual(wrong, []);
  await page.close();
});

test("every control has a name, and no identifier stands twice", async () => {
  const { page } = await open();
  const nameless = await page.evaluate(() => [...document.querySelectorAll("button, input, select, [role=region], [role=tabpanel], svg[role=img]")]
    .filter((its) => !(its.textContent.trim() || its.labels?.length || its.getAttribute("aria-label") || its.getAttribute("aria-labelledby")))
    .map((its) => its.outerHTML.slice(0, 120)));
  assert.deepEqual(nameless, []);
  const twice = await page.evaluate(() => [...document.querySelectorAll("[id]")].map((its) => its.id).filter((id, at, ids) => ids.indexOf(id) !== at));
  assert.deepEqual(twice, []);
  await page.close();
});

test("a server that goes and comes back is followed again", async () => {
  const { page } = await open();
  await service.stop();
  await becomes(page, "link", "reconnecting");
  await service.launch(new URL(service.url).host);
  await becomes(page, "link", "live");
  await service.show();
  await becomes(page, "feed", "CreateLiveMessageApp");
  await page.close();
});
