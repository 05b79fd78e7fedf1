import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import axe from "axe-core";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { chromiumPath } from "../../setup/chromium.ts";
import { freePort } from "../../setup/servers.ts";
import { closed, rig } from "./rig.ts";

const executablePath = chromiumPath();
const shots = process.env["TASKMON_SCREENSHOTS"];
let browser: Browser | undefined;

beforeAll(async () => {
  if (executablePath === undefined) return;
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
}, 60_000);
afterAll(() => browser?.close());

/** A service that a trigger starts. */
async function sleeper(): Promise<{ port: number; wake(): Promise<void>; end(): Promise<void> }> {
  const port = await freePort();
  let server: Server | undefined;
  return {
    port,
    async wake() {
      server = createServer((_request, response) => {
        response.writeHead(200, { "Content-Type": "text/html" });
        response.end("<title>The wiki</title><h1>Here I am</h1>");
      }).listen(port, "127.0.0.1");
      await once(server, "listening");
    },
    async end() {
      if (server !== undefined) await closed(server);
    },
  };
}

it.skipIf(executablePath === undefined).each([
  ["by the event stream", "light", true, undefined],
  ["by Retry-After, without a stream", "dark", true, false],
  ["by Retry-After, without scripts", "light", false, undefined],
] as const)(
  "shows a page, waits %s, and lands on the service",
  async (how, colorScheme, javaScriptEnabled, eventsPath) => {
    const wiki = await sleeper();
    const { tcpProbe } = await import("../../../src/probe/index.ts");
    await using guarded = await rig({
      upstream: wiki.port,
      service: { probe: tcpProbe(), floorMs: 50, usualWakeMs: 2_000, onDown: () => undefined },
      ...(eventsPath === false && { guard: { eventsPath } }),
    });
    const context = await browser!.newContext({ colorScheme, javaScriptEnabled });
    const page = await context.newPage();
    const faults: string[] = [];
    page.on("console", (message) => {
      // The 503 itself is one.
      if (message.type() === "error" && !/503/.test(message.text())) faults.push(message.text());
    });
    page.on("pageerror", (error) => faults.push(error.message));
    const answer = await page.goto(`http://127.0.0.1:${guarded.port}/start`);
    expect(answer?.status()).toBe(503);
    expect(await page.title()).toBe("wiki is not ready yet");
    expect(await page.locator("#status").innerText()).toMatch(
      /^wiki was asleep and is being woken/,
    );
    if (shots !== undefined) await page.screenshot({ path: join(shots, `${how}.png`) });
    // The page must stay for as long as that takes.
    if (javaScriptEnabled && eventsPath !== false) {
      // By the protocol and not by a script element, which the page's policy forbids.
      await page.evaluate(axe.source);
      const { violations } = (await page.evaluate("axe.run()")) as { violations: { id: string }[] };
      expect(violations.map(({ id }) => id)).toEqual([]);
    }
    await wiki.wake();
    await page.waitForURL("**/start");
    await page.locator("h1", { hasText: "Here I am" }).waitFor({ timeout: 20_000 });
    expect(faults).toEqual([]);
    await context.close();
    await wiki.end();
  },
  60_000,
);

it.skipIf(executablePath === undefined)("shows a page on a narrow screen", async () => {
  await using guarded = await rig({
    upstream: () => undefined,
    service: {
      name: "the wiki of a department with a very long name",
      probe: () => {
        throw new Error("down");
      },
    },
  });
  const page = await browser!.newPage({
    viewport: { width: 320, height: 560 },
    colorScheme: "dark",
  });
  await page.goto(`http://127.0.0.1:${guarded.port}/`);
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(320);
  if (shots !== undefined) await page.screenshot({ path: join(shots, "narrow.png") });
  await page.close();
});
