import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { browse } from "./browser.js";
import { Service } from "./service.js";

const pictures = process.env.CLAQUE_PICTURES;
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

async function open(path = "/_claque/") {
  const page = await browser.context.newPage();
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(`${error}`));
  page.on("console", (line) => line.type() === "error" && wrong.push(line.text()));
  // Nothing but this server may be asked for.
  page.on("request", (request) => request.url().startsWith(service.url) || request.url().startsWith("data:") || wrong.push(request.url()));
  await page.goto(service.url + path);
  await page.waitForFunction(() => document.getElementById("link").textContent === "live");
  return { page, wrong };
}
const text = (page, id) => page.locator(`#${id}`).textContent();
const becomes = (page, id, pattern) =>
  page.waitForFunction(([its, wanted]) => new RegExp(wanted).test(document.getElementById(its).textContent), [id, pattern], { timeout: 10_000 });

test("a click moves the clock, a crowd comes, chats and is shed, and everything is seen", async () => {
  const app = await service.show();
  const { page, wrong } = await open();
  assert.equal(await text(page, "pace"), "frozen");
  const before = await service.control("clock");
  await page.locator("#span").fill("90m");
  await page.locator("#advance").click();
  const wanted = new Date((before.unixSeconds + 5400) * 1000).toISOString().slice(0, 19).replace("T", " ");
  await becomes(page, "now", wanted.replace(/[.]/g, "\\."));
  assert.equal((await service.control("clock")).unixSeconds, before.unixSeconds + 5400);
  await becomes(page, "feed", "CreateLiveMessageGroup");
  await page.locator("#crowd-group").selectOption(`${app.AppId}/g`);
  await page.getByRole("button", { name: "+100", exact: true }).click();
  await becomes(page, "virtual-figure", "^100$");
  await page.locator("#say-count").fill("130");
  await page.locator("#say-level").selectOption("MEDIUM");
  await page.locator("#say").click();
  await becomes(page, "feed", "applause");
  await page.getByRole("button", { name: "+5 s", exact: true }).click();
  // Of 130 in one second 50 pass, and the newest of their type in the next: none of the others outranks what passed.
  await becomes(page, "shed-figure", "^79$");
  await becomes(page, "ledger", "crowd\\d+ in g, type 10001: [a-z]+\\.");
  assert.equal((await service.control("ledger?group=g")).shed.length, Number(await text(page, "shed-figure")));
  await page.locator("#filter").fill("crowd000003");
  const rows = await page.locator("#feed li").allTextContents();
  assert.ok(rows.length > 0 && rows.every((row) => row.includes("crowd000003")), rows.join("\n"));
  await page.locator("#filter").fill("");
  await page.locator("[data-kind=passed]").click();
  assert.equal(await page.locator("#feed li.delivered").count(), 0);
  await page.locator("[data-kind=passed]").click();
  await page.getByRole("button", { name: "Start an outage: crowd000000" }).click();
  await becomes(page, "sessions", "outage");
  await service.send(app, "a gift", { Weight: 1_000_000 });
  await page.getByRole("button", { name: "End the outage: crowd000000" }).click();
  await becomes(page, "feed", "crowd000000 pulled 1 HIGH in g: “a gift”");
  assert.deepEqual(wrong, []);
  if (pictures) await page.screenshot({ path: `${pictures}/wide.png` });
  await page.close();
});

test("faults, readings and limits are changed, and a reset asks twice", async () => {
  const { page } = await open("/_claque/console");
  await page.locator("#fault-target").fill("BanLiveMessageGroup");
  await page.locator("#fault-fail").fill("ServerError");
  await page.getByRole("button", { name: "Add fault" }).click();
  await becomes(page, "faults", "BanLiveMessageGroup");
  assert.equal((await service.control("faults")).faults[0].fail, "ServerError");
  await page.locator("#fault-fail").fill("Teapot");
  await page.getByRole("button", { name: "Add fault" }).click();
  await becomes(page, "said", "Teapot");
  await page.getByRole("button", { name: "Clear all" }).click();
  await page.waitForFunction(() => document.getElementById("faults").textContent === "");
  await page.locator("#readings-details summary").click();
  const select = page.locator("#readings label", { hasText: "shaper.window" }).locator("select");
  await select.selectOption("window-close");
  await becomes(page, "readings-count", "^1 changed");
  const { readings } = await service.control("readings");
  assert.equal(readings.find((reading) => reading.id === "shaper.window").value, "window-close");
  await page.locator("#limits-details summary").click();
  const limit = page.locator("#limits label", { hasText: "group messages per second" }).locator("input");
  await limit.fill("7");
  await limit.press("Enter");
  await becomes(page, "said", "is 7");
  assert.equal((await service.control("limits")).group_messages_per_second, 7);
  await page.locator("#reset").click();
  assert.ok((await service.control("groups")).groups.length > 0, "the first click only asks");
  await page.locator("#reset").click();
  await becomes(page, "groups-figure", "^0$");
  await page.close();
});

test("a hostile body stays text, by keyboard alone, at 360 pixels, light and dark", async () => {
  const app = await service.show();
  const { page, wrong } = await open();
  await page.setViewportSize({ width: 360, height: 740 });
  await service.control("join", { app: app.AppId, group: "g", user: "ada" });
  await service.send(app, "<img src=x onerror=\"document.title='owned'\">");
  await becomes(page, "feed", "<img src=x");
  assert.notEqual(await page.title(), "owned");
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    for (const view of ["Controls", "Live", "State"]) {
      await page.getByRole("tab", { name: view }).click();
      const [width, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
      assert.ok(width <= room, `${view} is ${width} wide in ${room}`);
      if (pictures) await page.screenshot({ path: `${pictures}/narrow-${view}-${scheme}.png` });
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.locator("body").press("/");
  await page.keyboard.type("onerror");
  assert.equal(await page.locator("#feed li").count(), 1);
  await page.keyboard.press("Escape");
  await page.locator("body").press("r");
  await becomes(page, "pace", "real time");
  await page.locator("body").press("f");
  await becomes(page, "pace", "frozen");
  const before = (await service.control("clock")).unixSeconds;
  await page.locator("#span").focus();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => !document.getElementById("advance").disabled);
  assert.equal((await service.control("clock")).unixSeconds, before + 30);
  assert.deepEqual(wrong, []);
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
