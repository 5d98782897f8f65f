// A walk through the playground in Chromium, from a file: what a newcomer does, and what is on the page after each action.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";

import { browse } from "./browser.js";
import { binary } from "./service.js";

const file = process.env.CLAQUE_PLAYGROUND;
const pictures = process.env.CLAQUE_PICTURES;
const smoke = "claque simulate --seed 3 --scenario smoke --users 60";
let browser;
before(async () => {
  assert.ok(file, "CLAQUE_PLAYGROUND names the page; deploy/playground.sh builds it");
  browser = await browse({ viewport: { width: 1440, height: 900 }, permissions: ["clipboard-read", "clipboard-write"] });
});
after(() => browser?.end());

const open = async (options = {}) => {
  const page = await browser.context.newPage();
  page.setDefaultTimeout(60_000);
  const wrong = [], states = [];
  page.on("pageerror", (error) => wrong.push(`${error}`));
  page.on("console", (line) => ["error", "warning"].includes(line.type()) && wrong.push(line.text()));
  // The page itself and what it makes; nothing else may be asked for.
  const own = pathToFileURL(file).href;
  page.on("request", (request) => request.url() === own || /^(data|blob):/.test(request.url()) || wrong.push(request.url()));
  await page.exposeFunction("noteState", (text) => states.push(text));
  await page.addInitScript(() => addEventListener("DOMContentLoaded", () => {
    const state = document.getElementById("state");
    new MutationObserver(() => window.noteState(state.textContent)).observe(state, { childList: true });
  }));
  if (options.size) await page.setViewportSize(options.size);
  await page.goto(own);
  await done(page);
  return { page, wrong, states };
};
const done = (page, words = "Done in") => page.waitForFunction((wanted) => document.getElementById("state").textContent.startsWith(wanted), words);
const play = async (page, line, words) => {
  await page.locator("#line").fill(line);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await done(page, words);
};
const text = (page, id) => page.locator(`#${id}`).textContent();
const hash = async (page) => (await text(page, "state")).split("hash ")[1];
const native = (line) => JSON.parse(execFileSync(binary, [...line.split(" ").slice(1), "--json"], { stdio: ["ignore", "pipe", "ignore"] }));
const move = (page, part) => page.locator("#time").evaluate((slider, share) => {
  slider.value = Math.round(slider.max * share);
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  return Number(slider.value);
}, part);

test("the page runs its line by itself, grows on the way, and has the hash of the command", async () => {
  const { page, wrong, states } = await open();
  const line = await page.locator("#line").inputValue();
  assert.match(line, /^claque simulate --seed 1 --scenario evening-show --users \d+ --made-by /);
  assert.ok(states.filter((state) => /^Running: \d/.test(state)).length >= 3, `${states}`);
  assert.equal(await hash(page), native(line).trace_hash);
  assert.equal(await text(page, "badge"), "pass");
  assert.equal(await page.locator("#results figure.chart svg polyline").count() >= 12, true);
  assert.match(await text(page, "results"), /Summary.*deliveries.*Over virtual time.*Faults and script.*Rules/s);
  assert.deepEqual(wrong, []);
  await page.close();
});

test("the slider goes through time: each moment has the plots, the script and the steps until then", async () => {
  const { page, wrong } = await open();
  await play(page, smoke);
  const whole = await page.locator("#results figure.chart").first().locator(".data tbody tr").count();
  const place = await move(page, 0.25);
  await page.waitForFunction(() => /At \d/.test(document.querySelector("#results h2").textContent));
  assert.equal(await text(page, "results").then((words) => words.includes("Summary")), false);
  const rows = page.locator("#results figure.chart").first().locator(".data tbody tr");
  assert.equal(await rows.count(), place);
  assert.ok(place < whole);
  assert.match(await text(page, "at"), /^\d+:\d\d/);
  assert.equal(await page.locator("#results ol.words li").count(), 20);
  // The axis is as long as the run: the plot grows to the right.
  const ends = await page.locator("#results figure.chart").first().locator(".x span").allTextContents();
  await move(page, 0.5);
  await page.waitForFunction((before) => document.querySelectorAll("#results figure.chart:first-child .data tbody tr").length > before, place);
  assert.deepEqual(await page.locator("#results figure.chart").first().locator(".x span").allTextContents(), ends);
  await page.locator("#time").focus();
  await page.keyboard.press("End");
  await page.waitForFunction(() => document.querySelector("#results h2").textContent === "Summary");
  await page.getByRole("button", { name: "Play" }).click();
  await page.waitForFunction(() => Number(document.getElementById("time").value) > 3);
  await page.getByRole("button", { name: "Pause" }).click();
  const paused = await page.locator("#time").inputValue();
  await page.waitForTimeout(300);
  assert.equal(await page.locator("#time").inputValue(), paused);
  assert.deepEqual(wrong, []);
  await page.close();
});

test("another seed is another run, and the line of the first one gives the first again", async () => {
  const { page, wrong } = await open();
  await play(page, smoke);
  const first = await hash(page);
  await page.getByRole("button", { name: "Another seed" }).click();
  await page.waitForFunction((old) => document.getElementById("state").textContent.includes("hash") && !document.getElementById("state").textContent.includes(old), first);
  const line = await page.locator("#line").inputValue();
  assert.match(line, /--seed \d+ --scenario smoke --users 60 --made-by/);
  assert.equal(await hash(page), native(line).trace_hash);
  await page.getByRole("button", { name: "Compare with the run before" }).click();
  await done(page, "Compared");
  assert.match(await text(page, "changed"), /the runs differ from event \d/);
  await play(page, smoke);
  assert.equal(await hash(page), first);
  assert.deepEqual(wrong, []);
  await page.close();
});

test("a fork is the same run up to the slider's moment, and from then on another seed decides", async () => {
  const { page, wrong } = await open();
  const at = async (part) => {
    const place = await move(page, part);
    await page.waitForFunction((rows) => document.querySelectorAll("#results figure.chart:first-child .data tbody tr").length === rows, place);
    return text(page, "results");
  };
  await play(page, smoke);
  const [first, later, before] = [await hash(page), await at(0.5), await at(0.25)];
  await page.getByLabel("Seed from this moment on").fill("99");
  await page.getByRole("button", { name: "Fork here and compare" }).click();
  await done(page, "Compared");
  const line = await text(page, "identity");
  assert.match(line, /--seed 3 --scenario smoke --users 60 --fork [\dms]+=99 --made-by/);
  assert.equal(await page.locator("#line").inputValue(), line);
  assert.match(await text(page, "changed"), /Where they part.*the runs differ from event \d/s);
  if (pictures) await page.screenshot({ path: `${pictures}/forked.png`, fullPage: true });
  assert.equal(await at(0.25), before);
  assert.notEqual(await at(0.5), later);
  // The line is all that a colleague needs.
  await page.getByRole("button", { name: "Copy the line" }).click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), line);
  await play(page, line);
  assert.notEqual(await hash(page), first);
  assert.equal(await hash(page), native(line).trace_hash);
  // The show is over before its last deliveries are.
  await page.getByRole("button", { name: "Fork here and compare" }).click();
  await page.locator("#wrong:not([hidden])").waitFor();
  assert.match(await text(page, "wrong"), /a fork at \S+ changes nothing: the show is over at \S+; choose an earlier moment/);
  assert.equal(await text(page, "identity"), line);
  // Without a seed the page draws one, and what the first fork decided after this moment is gone.
  await at(0.25);
  await page.getByLabel("Seed from this moment on").fill("");
  await page.getByLabel("Seed from this moment on").press("Enter");
  await done(page, "Compared");
  assert.equal((await text(page, "identity")).match(/--fork/g).length, 1);
  assert.deepEqual(wrong, []);
  await page.close();
});

test("a reading is switched, and the page says what changed and where the runs part", async () => {
  const { page, wrong } = await open();
  await play(page, smoke);
  await page.locator("#reading").selectOption("shaper.window");
  const words = await page.locator("#alternative option").allTextContents();
  assert.equal(words.filter((word) => word.includes("(default, in this run)")).length, 1, `${words}`);
  assert.ok((await text(page, "question")).length > 20);
  await page.locator("#alternative").selectOption("window-close");
  await page.getByRole("button", { name: "Run with it and compare" }).click();
  await done(page, "Compared");
  assert.match(await page.locator("#line").inputValue(), /--reading shaper\.window=window-close/);
  assert.match(await text(page, "changed"), /shed HIGH.*Where they part.*the runs differ from event 3 on.*side by side/s);
  assert.match(await page.locator("#reading option:checked").textContent(), /^shaper\.window: window-close$/);
  if (pictures) await page.screenshot({ path: `${pictures}/changed.png`, fullPage: true });
  assert.deepEqual(wrong, []);
  await page.close();
});

test("a mutant breaks its rule on the page; a wrong line is refused with its place; a long run is stopped", async () => {
  const { page, wrong } = await open();
  await play(page, `${smoke} --mutant budget-plus-one`);
  assert.equal(await text(page, "badge"), "broken");
  assert.match(await text(page, "results"), /What broke.*shaper\./s);
  await play(page, "claque simulate --sed 3", "The line was not run");
  assert.match(await text(page, "wrong"), /unknown option `--sed`.*--seed/s);
  await play(page, "claque simulate --chat comments.xml", "The line was not run");
  assert.match(await text(page, "wrong"), /`claque simulate` reads it/);
  await play(page, "<img src=x onerror=document.title='owned'>", "The line was not run");
  assert.equal(await page.evaluate(() => document.images.length), 0);
  await page.locator("#line").fill("claque simulate --scenario stadium");
  await page.locator("#line").press("Enter");
  await page.getByRole("button", { name: "Stop" }).click();
  assert.equal(await text(page, "state"), "Stopped");
  await play(page, smoke);
  assert.equal(await hash(page), native(smoke).trace_hash, "a stopped run leaves nothing behind");
  assert.deepEqual(wrong, []);
  await page.close();
});

test("at 360 and 1440 pixels, light and dark, nothing hangs over the edge", async () => {
  const { page, wrong } = await open();
  await play(page, `${smoke} --reading shaper.window=window-close`);
  await play(page, smoke);
  await page.getByRole("button", { name: "Compare with the run before" }).click();
  await done(page, "Compared");
  for (const [width, height] of [[360, 740], [1440, 900]]) {
    await page.setViewportSize({ width, height });
    for (const scheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme: scheme });
      for (const part of [0.4, 1]) {
        await move(page, part);
        await page.waitForFunction((whole) => (document.querySelector("#results h2").textContent === "Summary") === whole, part === 1);
        const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
        assert.ok(wide <= room, `${wide} wide in ${room}, ${scheme}`);
        if (pictures) await page.screenshot({ path: `${pictures}/${width}-${scheme}-${part === 1 ? "whole" : "moment"}.png`, fullPage: true });
      }
    }
  }
  assert.deepEqual(wrong, []);
  await page.close();
});

test("every control has a name, and no identifier stands twice", async () => {
  const { page } = await open();
  const nameless = await page.evaluate(() => [...document.querySelectorAll("button, input, select, textarea, progress, [role=region]")]
    .filter((its) => !(its.textContent.trim() || its.labels?.length || its.getAttribute("aria-label")))
    .map((its) => its.outerHTML.slice(0, 120)));
  assert.deepEqual(nameless, []);
  const twice = await page.evaluate(() => [...document.querySelectorAll("[id]")].map((its) => its.id).filter((id, at, ids) => ids.indexOf(id) !== at));
  assert.deepEqual(twice, []);
  await page.close();
});
