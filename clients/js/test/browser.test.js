import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { browse } from "./browser.js";
import { Service, token } from "./service.js";

const root = new URL("../", import.meta.url);
let service;
let files;
let browser;

before(async () => {
  service = await Service.start();
  files = createServer(async ({ url }, answer) => {
    const type = url.endsWith(".js") ? "text/javascript" : "text/html; charset=utf-8";
    try {
      const text = await readFile(new URL(`.${url}`, root));
      answer.writeHead(200, { "Content-Type": type }).end(text);
    } catch {
      answer.writeHead(404).end();
    }
  });
  await new Promise((resolve) => files.listen(0, "127.0.0.1", resolve));
  browser = await browse();
});
after(async () => {
  await browser?.end();
  files?.closeAllConnections();
  files?.close();
  await service?.stop();
});

test("a page logs on, loses its link, comes back and pulls the gift it missed", async () => {
  const app = await service.show();
  const page = await browser.context.newPage();
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(`${error}`));
  await page.goto(`http://127.0.0.1:${files.address().port}/test/page.html`);
  await page.waitForFunction(() => document.title === "ready");
  const says = (line) => page.waitForFunction((wanted) => window.viewer.log.includes(wanted), line, { timeout: 15_000 });
  const config = { endpoint: service.url, appId: app.AppId, appSign: app.AppSign };
  const login = { user: { userId: "ada" }, userAuth: token(app, "ada") };
  const info = await page.evaluate(([given, who]) => window.viewer.enter(given, who), [config, login]);
  assert.equal(await page.evaluate(() => window.viewer.supported), true);
  assert.equal(info.statistics.onlineCount, 1);
  assert.deepEqual(await page.evaluate(() => window.viewer.refusal("none")), [true, 440]);
  await service.send(app, "hello");
  await says("got hello");
  await service.control("outage", { app: app.AppId, user: "ada", down: true });
  await says("connectfailed");
  await service.send(app, "comment nobody keeps");
  await service.send(app, "gift", { Weight: 1_000_000 });
  await service.control("outage", { app: app.AppId, user: "ada", down: false });
  await says("reconnectsuccess");
  await says("pulled gift");
  await page.evaluate(() => window.viewer.say("I am back"));
  await says("got I am back");
  assert.deepEqual(await page.locator("li").allTextContents(), ["hello", "gift", "I am back"]);
  await page.evaluate(() => window.viewer.leave());
  await service.call("CheckLiveMessageUsersOnline", { AppId: app.AppId, "UserIds.1": "ada" }).then((answer) => {
    assert.equal(answer.UserList[0].Online, false);
  });
  assert.deepEqual(wrong, []);
});
