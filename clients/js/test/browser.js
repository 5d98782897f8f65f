// Headless Chromium, for tests: the machine's own, told to stay off the network.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium } from "playwright-core";

const executablePath = process.env.CLAQUE_CHROMIUM ?? "/usr/bin/chromium";

/** A browser with a profile of its own, and how to end both. */
export async function browse(options = {}) {
  const profile = mkdtempSync(join(tmpdir(), "claque-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
    ...options,
  });
  const end = async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  };
  return { context, end };
}
