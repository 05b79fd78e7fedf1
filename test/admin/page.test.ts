import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from "vitest";
import { gzipSync } from "node:zlib";
import { defineCounter, defineGauge } from "../../src/metrics/index.ts";
import { startBrowser } from "../setup/browser.ts";
import { busyApp, busyTaskmon } from "./busy.ts";
import { sceneTaskmon, servedPage, TOKENS } from "./scene.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// A browser on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

let browser: Browser;
beforeAll(async () => void (browser = await startBrowser()));
afterAll(() => browser?.close());

interface Opened {
  readonly page: Page;
  /** What the console and the policy had against the page. */
  readonly complaints: string[];
}

async function opened(
  url: string,
  options: Parameters<Browser["newPage"]>[0] = {},
): Promise<Opened> {
  const page = await browser.newPage(options);
  onTestFinished(() => page.close());
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("dialog", (dialog) => {
    complaints.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url);
  return { page, complaints };
}

/** What axe finds. It is put there past the page's policy, which would not let it in. */
async function violations(page: Page): Promise<unknown[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations: found } = await (globalThis as any).axe.run();
    return found.map(({ id, nodes }: any) => [id, nodes.slice(0, 3).map(({ html }: any) => html)]);
  });
}

async function busyPage(): Promise<string> {
  const taskmon = await busyTaskmon(`page-${Math.random()}`);
  onTestFinished(() => taskmon.shutdown());
  return servedPage(taskmon, { app: busyApp() });
}

it("has nothing that axe or its own policy complains of, light and dark, narrow and wide", async () => {
  const url = await busyPage();
  for (const [colorScheme, width] of [
    ["light", 320],
    ["dark", 1280],
  ] as const) {
    const { page, complaints } = await opened(url, { colorScheme });
    for (const each of [width, 1_600 - width]) {
      await page.setViewportSize({ width: each, height: 800 });
      const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
      expect([colorScheme, each, overflow]).toEqual([colorScheme, each, 0]);
    }
    await page.setViewportSize({ width, height: 800 });
    expect([colorScheme, width, await violations(page)]).toEqual([colorScheme, width, []]);
    await page.goto(`${url}?metric=shop.checkout.duration#metrics`);
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
  }
});

it("designs what is empty, and says so", async () => {
  const { page, complaints } = await opened(await servedPage(sceneTaskmon()));
  for (const words of [
    "No reader is attached",
    "There is no health check",
    "Nothing is probed",
    "No service is monitored",
    "There is no app of services",
    "Nothing has happened yet",
  ]) {
    expect(await page.getByText(words).count()).toBe(1);
  }
  expect(await violations(page)).toEqual([]);
  await page.getByRole("searchbox", { name: "Search" }).fill("nothing of that name");
  await page.keyboard.press("Enter");
  await page.getByText("No metric fits").waitFor();
  expect(complaints).toEqual([]);
});

it("reads without JavaScript, and offers no button then", async () => {
  const { page } = await opened(await busyPage(), { javaScriptEnabled: false });
  expect(await page.getByRole("rowheader", { name: "database" }).isVisible()).toBe(true);
  expect(await page.getByText("connect ECONNREFUSED 10.0.7.12:5432").first().isVisible()).toBe(
    true,
  );
  expect(await page.getByRole("button").allTextContents()).toEqual(["Search"]);
  await page.getByRole("link", { name: "shop.orders" }).click();
  expect(await page.getByText("48.2 k").isVisible()).toBe(true);
});

it("shows markup in messages, labels, help texts and names as text", async () => {
  const evil = `"><img src=x onerror=alert(1)><script>alert(2)</script>'`;
  const taskmon = sceneTaskmon({
    target: { serviceName: `evil ${evil}`, jobName: evil },
  });
  taskmon.health.register(`check ${evil}`, () => ({ status: "fail", message: evil }), {
    intervalMs: 3_600_000,
  });
  const gauge = defineGauge({ service: "evil", name: "evil.gauge", help: evil, labels: ["x"] });
  taskmon.metrics.gauge(gauge).set(1, { x: evil });
  const url = await servedPage(taskmon);
  await taskmon.health.run(`check ${evil}`);
  taskmon.settings.update({ flushIntervalMs: 2_000 }, { who: evil.slice(0, 200), why: evil });
  const { page, complaints } = await opened(`${url}?q=evil`);
  await page.goto(`${url}?q=${encodeURIComponent(evil)}&metric=evil.gauge`);
  // As an update puts it there, too.
  taskmon.settings.update({ flushIntervalMs: 3_000 }, { who: "someone", why: `second ${evil}` });
  await page.getByRole("cell", { name: "second" }).waitFor();
  expect(await page.locator("img").count()).toBe(0);
  expect(await page.locator("script").count()).toBe(1);
  expect(await page.getByText(evil).count()).toBeGreaterThan(3);
  expect(complaints).toEqual([]);
});

it("lets a keyboard alone read, unlock, act and change a setting", async () => {
  const taskmon = sceneTaskmon();
  let runs = 0;
  taskmon.health.register("db", () => void runs++, {
    intervalMs: 3_600_000,
    initialDelayMs: 3_600_000,
  });
  const { page, complaints } = await opened(await servedPage(taskmon));
  const press = async (key: string): Promise<void> => page.keyboard.press(key);
  const tabTo = async (name: string): Promise<void> => {
    for (let presses = 0; presses < 80; presses++) {
      await press("Tab");
      const focused = await page.evaluate<string>(
        `document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? ""`,
      );
      if (focused.trim() === name) return;
    }
    throw new Error(`the Tab key does not lead to ${name}`);
  };
  await tabTo("Skip to the content");
  await press("Enter");
  expect(await page.evaluate("document.activeElement?.id")).toBe("main");
  await page.reload();
  await tabTo("Unlock actions");
  await press("Enter");
  await page.keyboard.type("not the token at all");
  await press("Enter");
  await page.getByText("The token is unknown").waitFor();
  await page.getByLabel("Token").fill("");
  await page.keyboard.type(TOKENS.operator);
  await press("Enter");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  expect(await page.evaluate("document.activeElement?.id")).toBe("pause");
  await tabTo("Run health check db");
  await press("Enter");
  await page.getByText("Run health check db: done", { exact: true }).waitFor();
  expect(runs).toBe(1);
  await tabTo("Change flushIntervalMs");
  await press("Enter");
  await press("Control+A");
  await page.keyboard.type("45000");
  await press("Tab");
  await page.keyboard.type("by the keyboard");
  await press("Enter");
  await page.getByText("by the keyboard", { exact: true }).waitFor();
  // The change is shown before the dialog is closed, which has the keys until then.
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  expect(taskmon.settings.current.flushIntervalMs).toBe(45_000);
  await press("/");
  expect(await page.evaluate("document.activeElement?.name")).toBe("q");
  // Chromium says in the console that the wrong token was refused.
  expect(complaints.filter((text) => !text.includes("401"))).toEqual([]);
});

it("says that it is stale when nobody answers, and is live again", async () => {
  const { page } = await opened(await busyPage(), {
    ...{ colorScheme: "dark", viewport: { width: 320, height: 600 } },
  });
  await page.route("**/updates?*", (route) => route.abort());
  // Whatever part of the page somebody looks at.
  await page.locator("footer").scrollIntoViewIfNeeded();
  const stale = page.getByText(/^Stale: the last answer came/);
  await stale.waitFor();
  const { x, y, width, height } = (await stale.boundingBox())!;
  expect([x >= 0, y >= 0, x + width <= 320, y + height <= 600]).toEqual([true, true, true, true]);
  expect(await violations(page)).toEqual([]);
  await page.unroute("**/updates?*");
  await page.getByText("Live", { exact: true }).waitFor();
});

it("asks about what is on the screen, about the rest now and then, and about nothing while it is hidden", async () => {
  const page = await browser.newPage({ viewport: { width: 1_280, height: 300 } });
  onTestFinished(() => page.close());
  const asked: (string | null)[] = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.pathname.endsWith("/updates")) asked.push(url.searchParams.get("only"));
  });
  /** Lets a page's time pass until it has asked once more. */
  const next = async (): Promise<string | null> => {
    const before = asked.length;
    await expect
      .poll(() => page.clock.runFor(500).then(() => asked.length), { timeout: 30_000 })
      .toBeGreaterThan(before);
    await page.waitForLoadState("networkidle");
    return asked[before]!;
  };
  await page.clock.install();
  await page.goto(await busyPage());
  expect(await next()).toBeNull();
  expect(await next()).toBe("overview");
  await page.locator("#metrics .pager").scrollIntoViewIfNeeded();
  await expect.poll(next, { timeout: 30_000 }).toBe("metrics");
  await expect.poll(next, { timeout: 30_000 }).toBeNull();
  await page.evaluate(`
    Object.defineProperty(document, "hidden", { value: true });
    document.dispatchEvent(new Event("visibilitychange"));
  `);
  const before = asked.length;
  await page.clock.runFor(60_000);
  expect(asked).toHaveLength(before);
});

it("plots a series while it is watched, and asks for nothing afterwards", async () => {
  const taskmon = sceneTaskmon();
  const gauge = taskmon.metrics.gauge(
    defineGauge({ service: "shop", name: "shop.heat", help: "Heat." }),
  );
  gauge.set(20.5);
  const { page } = await opened(`${await servedPage(taskmon)}?metric=shop.heat`);
  let asked = 0;
  page.on("request", (request) => void (request.url().includes("/series") && asked++));
  await page.getByRole("button", { name: "Watch shop.heat" }).click();
  await page.getByText(/^now 20.5/).waitFor();
  gauge.set(30);
  await page.getByText("now 30, from 20.5 to 30").waitFor();
  await page
    .getByRole("img", { name: /^shop\.heat: now 30, from 20\.5 to 30 in the last / })
    .waitFor();
  await page.getByRole("button", { name: "Stop watching" }).click();
  const before = asked;
  await page.waitForResponse(/updates/);
  await page.waitForResponse(/updates/);
  expect(asked).toBe(before);
});

it("draws the plot with axes in round numbers and the unit, light and dark, narrow and wide", async () => {
  const taskmon = sceneTaskmon();
  const wait = taskmon.metrics.gauge(
    defineGauge({ service: "shop", name: "shop.wait", help: "The wait now.", unit: "s" }),
  );
  wait.set(0.041);
  const url = `${await servedPage(taskmon)}?metric=shop.wait`;
  for (const [colorScheme, width, times] of [
    ["light", 1280, ["now", "−15 s", "−30 s", "−45 s", "−1 min"]],
    ["dark", 320, ["now", "−30 s", "−1 min"]],
  ] as const) {
    wait.set(0.041);
    const { page, complaints } = await opened(url, {
      colorScheme,
      viewport: { width, height: 800 },
    });
    const watch = page.getByRole("button", { name: "Watch shop.wait" });
    await watch.focus();
    await page.keyboard.press("Enter");
    await page.getByText("now 41 ms").waitFor();
    wait.set(0.135);
    await page.getByText("now 135 ms, from 41 to 135").waitFor();
    expect(await page.locator("#watched text").allTextContents()).toEqual([
      ...["ms", "0", "50", "100", "150"],
      ...times,
    ]);
    // Each label is whole, in its plot and apart from the others.
    const faults = await page.evaluate(`(() => {
      const frame = document.querySelector(".plot").getBoundingClientRect();
      const boxes = [...document.querySelectorAll(".plot text")].map((text) => text.getBoundingClientRect());
      const isOut = ({ left, right, top, bottom }) =>
        left < frame.left - 1 || right > frame.right + 1 || top < frame.top - 1 || bottom > frame.bottom + 1;
      const meet = (a, b) => a !== b && a.left < b.right && b.left < a.right && a.top < b.bottom - 4 && b.top < a.bottom - 4;
      return boxes.filter((box) => isOut(box) || boxes.some((other) => meet(box, other))).length;
    })()`);
    expect([colorScheme, faults]).toEqual([colorScheme, 0]);
    const focused = "document.activeElement.textContent.trim()";
    expect(await page.evaluate(focused)).toBe("Stop watching");
    await page.keyboard.press("Enter");
    await page.locator("#watched").waitFor({ state: "hidden" });
    expect(await page.evaluate(focused)).toBe("Watch");
    await page.keyboard.press("Enter");
    await page.getByText("now 135 ms").waitFor();
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
  }
});

it("keeps the first answer and updates small with 10,000 series and 500 checks", async () => {
  const taskmon = sceneTaskmon();
  for (let metric = 0; metric < 50; metric++) {
    const counter = taskmon.metrics.counter(
      defineCounter({
        service: "many",
        name: `many.metric_${metric}`,
        help: "One of many.",
        labels: ["a"],
      }),
    );
    for (let series = 0; series < 200; series++) counter.add(series, { a: `value ${series}` });
  }
  for (let check = 0; check < 500; check++) {
    taskmon.health.register(
      `check ${check}`,
      () => ({ status: "warn", message: `message ${check}` }),
      {
        ...{ intervalMs: 3_600_000, initialDelayMs: 3_600_000 },
      },
    );
  }
  const url = await servedPage(taskmon);
  const first = await (await fetch(`${url}?q=many`)).text();
  expect(first.length).toBeLessThan(250_000);
  expect(gzipSync(first).length).toBeLessThan(30_000);
  const { sections } = (await (await fetch(`${url}updates?q=many`)).json()) as {
    sections: { tag: string }[];
  };
  const have = sections.map(({ tag }) => tag).join(".");
  const update = await (await fetch(`${url}updates?q=many&have=${have}`)).text();
  expect(update.length).toBeLessThan(20_000);
  const { page, complaints } = await opened(`${url}?q=many`);
  await page.getByText("Live", { exact: true }).waitFor();
  expect(complaints).toEqual([]);
});

it("is smaller than 60 kB when gzipped, with everything that it loads", async () => {
  const url = await busyPage();
  const html = await (await fetch(url)).text();
  const files = [...html.matchAll(/(?:href|src)="((?:page|favicon)[^"]+)"/g)].map(
    ([, file]) => file!,
  );
  expect(files).toHaveLength(3);
  // The plot comes when somebody watches a series.
  files.push("plot.js");
  const texts = await Promise.all(files.map(async (file) => (await fetch(url + file)).text()));
  const sizes = [html, ...texts].map((text) => gzipSync(text).length);
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(60_000);
});
