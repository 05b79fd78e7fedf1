// npm run bench:status-page [-- --rounds N --round-ms N --pages N --seen ID,… --browser]
//
// What open status pages cost the service that they are about: its CPU while so many pages are open, beside
// its CPU while none is, in turns. Pages ask as the page's script does; with --browser they are real ones, in
// Debian's chromium. The service has something in every section, and stands still: a page that is open says so.
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { openPages } from "./pages.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    "round-ms": { type: "string", default: "20000" },
    pages: { type: "string", default: "10" },
    browser: { type: "boolean", default: false },
    seen: { type: "string", default: "overview,readers,health,probes" },
  },
});
const [rounds, roundMs, pages] = [values.rounds, values["round-ms"], values.pages].map(Number) as [
  number,
  number,
  number,
];

const child = fork(join(import.meta.dirname, "service.ts"), {
  execArgv: ["--conditions=@taskmon/source"],
});
const [{ url }] = (await once(child, "message")) as [{ url: string }];
const browser = values.browser
  ? await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] })
  : undefined;

async function used(): Promise<{ cpuUs: number; atMs: number }> {
  const answered = once(child, "message");
  child.send("used");
  return ((await answered) as [{ cpuUs: number; atMs: number }])[0];
}

/** The share of a core, in percent, during a round. */
async function share(lastMs: number): Promise<number> {
  const before = await used();
  await sleep(lastMs);
  const after = await used();
  return (after.cpuUs - before.cpuUs) / ((after.atMs - before.atMs) * 10);
}

async function withPages(
  lastMs: number,
): Promise<{ percent: number; requests: number; bytes: number }> {
  const opened = await openPages(url, pages, browser, values.seen.split(","));
  // Opening is not what is measured.
  await sleep(3_000);
  const before = opened.traffic();
  const percent = await share(lastMs);
  const { requests, bytes } = opened.traffic();
  await opened.close();
  return { percent, requests: requests - before.requests, bytes: bytes - before.bytes };
}

const costs: number[] = [];
// The first pages warm the service up.
await withPages(Math.min(roundMs, 20_000));
for (let round = 1; round <= rounds; round++) {
  const without = await share(roundMs);
  const { percent, requests, bytes } = await withPages(roundMs);
  costs.push(percent - without);
  const seconds = roundMs / 1_000;
  console.log(
    `round ${round}: ${without.toFixed(2)} % without, ${percent.toFixed(2)} % with ${pages} pages; ` +
      `${(requests / seconds).toFixed(1)} requests and ${(bytes / seconds / 1_000).toFixed(1)} kB a second`,
  );
}
const middle = costs.toSorted((a, b) => a - b)[Math.floor(costs.length / 2)]!;
console.log(`${pages} open pages cost ${middle.toFixed(2)} % of a core (median)`);
await browser?.close();
child.send("end");
await once(child, "exit");
