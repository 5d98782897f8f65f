// The plots of a page: drawn from their tables, with round ticks, one cursor and one zoom for all of the same axis.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";

import { browse } from "./browser.js";
import { binary } from "./service.js";

const pictures = process.env.CLAQUE_PICTURES;
const folder = mkdtempSync(join(tmpdir(), "claque-plots-"));
const file = join(folder, "run.html");
let browser;
let page;

before(async () => {
  execFileSync(binary, ["simulate", "--scenario", "smoke", "--users", "60", "--html", file], { stdio: "ignore" });
  browser = await browse({ viewport: { width: 1440, height: 1000 }, acceptDownloads: true });
  page = await browser.context.newPage();
  page.on("pageerror", (error) => { throw error; });
  await page.goto(pathToFileURL(file).href);
});

after(async () => {
  await browser?.end();
  rmSync(folder, { recursive: true, force: true });
});

const plot = (title) => page.locator("figure.chart", { has: page.getByRole("heading", { name: title, exact: false }) });
const words = (where) => where.allTextContents();
const rows = async (where) => (await where.locator(".data tbody tr").count());

test("ticks are round, and each line has a point for each row of its table", async () => {
  for (const title of ["Members", "Accepted", "Delivery latency"]) {
    const times = await words(plot(title).locator(".x span"));
    assert.ok(times.length >= 3 && times.every((time) => /^\d+:(00|15|30|45)$/.test(time)), `${title}: ${times}`);
    const values = (await words(plot(title).locator(".y span"))).map((text) => Number(text.replaceAll(",", "")));
    assert.ok(values.length >= 2 && values.every((value) => /^[125]?0*$|^\d+0*$/.test(String(value))), `${title}: ${values}`);
    const points = await plot(title).locator("polyline").first().getAttribute("points");
    assert.equal(points.split(" ").length, await rows(plot(title)));
  }
});

test("one cursor goes through all plots, and reads the table", async () => {
  await plot("Members").locator(".plot").focus();
  for (const key of ["Home", "PageUp", "ArrowRight"]) await page.keyboard.press(key);
  // Home is the first place, PageUp ten further, and the arrow one.
  const cells = await words(plot("Accepted").locator(".data tbody tr").nth(11).locator("td"));
  assert.equal(await plot("Accepted").locator(".now").textContent(), `at ${cells[0]}`);
  assert.deepEqual(await words(plot("Accepted").locator(".legend [data-value]")), cells.slice(1));
  assert.ok(await plot("Shed").locator(".cursor").isVisible());
});

test("dragging zooms all plots, and Show all goes back", async () => {
  const whole = await words(plot("Shed").locator(".x span"));
  const box = await plot("Members").locator(".area").boundingBox();
  const at = (part) => [box.x + box.width * part, box.y + box.height / 2];
  await page.mouse.move(...at(0.25));
  await page.mouse.down();
  await page.mouse.move(...at(0.5), { steps: 4 });
  await page.mouse.up();
  const part = await words(plot("Shed").locator(".x span"));
  assert.notDeepEqual(part, whole);
  const points = await plot("Shed").locator("polyline").first().getAttribute("points");
  assert.ok(points.split(" ").length < (await rows(plot("Shed"))) / 3);
  await plot("Accepted").getByRole("button", { name: "Show all" }).click();
  assert.deepEqual(await words(plot("Shed").locator(".x span")), whole);
});

test("the download is the table", async () => {
  const [download] = await Promise.all([page.waitForEvent("download"), plot("Accepted").getByRole("button", { name: "Download CSV" }).click()]);
  const lines = readFileSync(await download.path(), "utf8").trim().split("\n");
  assert.equal(download.suggestedFilename(), "accepted.csv");
  assert.equal(lines[0], '"microseconds","HIGH","MEDIUM","NORMAL"');
  assert.equal(lines.length - 1, await rows(plot("Accepted")));
  const cells = await words(plot("Accepted").locator(".data tbody tr").nth(40).locator("td"));
  assert.deepEqual(lines[41].split(",").slice(1), cells.slice(1));
});

test("a logarithmic scale has powers of ten", async () => {
  await plot("Delivery latency").getByRole("button", { name: "Log scale" }).click();
  assert.equal((await words(plot("Delivery latency").locator(".y span"))).slice(0, 3).join(" "), "0 10 100");
});

test("a narrow page does not run over its edge", async () => {
  await page.setViewportSize({ width: 360, height: 780 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await page.setViewportSize({ width: 1440, height: 1000 });
});

test("the page of a failure opens where the rule broke, and the names of its lanes stay in sight", async () => {
  const failed = join(folder, "failed.html");
  const { status } = spawnSync(binary, ["simulate", "--scenario", "smoke", "--mutant", "budget-plus-one", "--seed", "3", "--html", failed]);
  assert.equal(status, 1, "the mutant breaks a rule");
  const other = await browser.context.newPage();
  await other.goto(pathToFileURL(failed).href);
  const inside = (selector) => other.evaluate((its) => {
    const shown = document.querySelector(its), box = shown.closest(".scroll").getBoundingClientRect(), { top, bottom } = shown.getBoundingClientRect();
    return top >= box.top - 1 && bottom <= box.bottom + 1;
  }, selector);
  for (const [width, height] of [[1440, 900], [360, 740]]) {
    await other.setViewportSize({ width, height });
    await other.reload();
    assert.ok(await inside(".sequence .broken"), `the verdict is in sight at ${width}`);
    assert.ok(await inside(".sequence.heads"), `the names are in sight at ${width}`);
    assert.ok(await other.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `it runs over its edge at ${width}`);
    for (const scheme of pictures ? ["light", "dark"] : []) {
      await other.emulateMedia({ colorScheme: scheme });
      await other.screenshot({ path: `${pictures}/failure-${width}-${scheme}.png`, fullPage: true });
    }
  }
  await other.close();
});
