import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser } from "playwright-core";
import type { DemoEvent } from "../examples/demo/events.ts";
import { Fleet } from "../src/cli/top/fleet.ts";
import type { Row } from "../src/cli/top/row.ts";
import { COLUMNS, type Picture, storyPicture, topPicture } from "./pictures/pictures.ts";
import { pagePicture, pageStructure, startBrowser } from "./pictures/page-pictures.ts";
import { terminalSvg } from "./pictures/terminal-svg.ts";

// Makes the pictures of README and docs from the running demo: its own picture at the end of the story,
// `taskmon top` of its processes, and the status page of one of them, in a browser. Tests compare what they show
// with what it would be now.

const folder = join(import.meta.dirname, "../docs/pictures");
/** Between two looks of `taskmon top`. */
const LOOK_MS = 1_000;

mkdirSync(folder, { recursive: true });
for (const { name, title, lines } of await takePictures()) {
  for (const theme of ["light", "dark"] as const) {
    const svg = terminalSvg(lines, { theme, title, columns: COLUMNS });
    writeFileSync(join(folder, `${name}-${theme}.svg`), svg);
  }
}

async function takePictures(): Promise<Picture[]> {
  // Before the demo, which is over soon.
  await using browser = await startBrowser();
  const demo = spawn(
    process.execPath,
    [
      "--conditions=@taskmon/source",
      join(import.meta.dirname, "../examples/demo/demo.ts"),
      "--json",
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const events: DemoEvent[] = [];
  let page: Promise<void> | undefined;
  let rows: Promise<Row[]> | undefined;
  for await (const line of createInterface({ input: demo.stdout })) {
    const event = JSON.parse(line) as DemoEvent;
    events.push(event);
    // All three have numbers by the time that the first one is signalled.
    if (event.event === "exported") {
      rows ??= lookAt(events);
      page ??= pictureOfPage(browser, events);
    }
  }
  if (rows === undefined) throw new Error("the demo did not export anything");
  if (page === undefined) throw new Error("no process of the demo has a page");
  await page;
  return [storyPicture(events), topPicture(await rows)];
}

/** Writes how the status page of the demo looks, and what it has; undefined before it is there. */
function pictureOfPage(browser: Browser, events: readonly DemoEvent[]): Promise<void> | undefined {
  const [url] = events.flatMap((event) =>
    event.event === "serving" && event.pageUrl !== undefined ? [event.pageUrl] : [],
  );
  return url === undefined ? undefined : writePage(browser, url);
}

async function writePage(browser: Browser, url: string): Promise<void> {
  writeFileSync(join(folder, "page.txt"), pageStructure(await (await fetch(url)).text()));
  for (const theme of ["light", "dark"] as const) {
    writeFileSync(join(folder, `page-${theme}.png`), await pagePicture(browser, url, theme));
  }
}

/** Looks twice, as `taskmon top` does, once all three processes serve; undefined before that. */
function lookAt(events: readonly DemoEvent[]): Promise<Row[]> | undefined {
  const urls = events.flatMap((event) =>
    event.event === "serving" ? [new URL(event.metricsUrl)] : [],
  );
  if (urls.length < 3) return undefined;
  return look(new Fleet(urls, { timeoutMs: 5_000 }));
}

async function look(fleet: Fleet): Promise<Row[]> {
  const { signal } = new AbortController();
  await fleet.rows(signal);
  await sleep(LOOK_MS);
  return fleet.rows(signal);
}
