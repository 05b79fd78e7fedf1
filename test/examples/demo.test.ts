import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { DemoEvent } from "../../examples/demo/events.ts";
import { COLUMNS, storyPicture } from "../../scripts/pictures/pictures.ts";
import { pageStructure, SIZE } from "../../scripts/pictures/page-pictures.ts";
import { structureOf, terminalSvg } from "../../scripts/pictures/terminal-svg.ts";
import { eventsOf, isAlive, only, runDemo } from "./demo-run.ts";

const PICTURES = join(import.meta.dirname, "../../docs/pictures");

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

describe("the demo, as its --json tells it", () => {
  let events: DemoEvent[];
  let page: { readonly status: number; readonly type: string | null; readonly html: string };
  let ended: { readonly code: number | null; readonly stderr: string };

  beforeAll(async () => {
    await using run = runDemo(["--json"]);
    const line = await run.line((each) => each.includes('"pageUrl"'));
    const { pageUrl } = JSON.parse(line) as { pageUrl: string };
    await run.line((each) => each.includes('"exported"'));
    const response = await fetch(pageUrl);
    const type = response.headers.get("content-type");
    page = { status: response.status, type, html: await response.text() };
    ended = await run.ended;
    events = eventsOf(run);
  });

  /** The number of a process, from its scrapes. */
  const numberOf = (process: string): number | null =>
    numbersOf(process).find(({ number }) => number !== null)?.number ?? null;
  const numbersOf = (process: string): (DemoEvent & { readonly event: "number" })[] =>
    only(events, "number").filter((event) => event.process === process);
  const signalled = (signal: string): string =>
    only(events, "signal").find((event) => event.signal === signal)!.process;

  it("ends with code 0, and leaves no process and no file", () => {
    expect(ended).toEqual({ code: 0, stderr: "" });
    expect(only(events, "started")).toHaveLength(5);
    expect(only(events, "started").filter(({ pid }) => isAlive(pid))).toEqual([]);
    expect(existsSync(only(events, "opened")[0]!.folder)).toBe(false);
    expect(events.at(-1)).toMatchObject({ event: "cleaned", interrupted: false });
  });

  it("says where one process has its status page, and stops another two", () => {
    const hosts = only(events, "serving").filter(({ pageUrl }) => pageUrl !== undefined);
    expect(hosts.map(({ process }) => process)).toEqual(["A"]);
    expect(hosts[0]!.pageUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(page).toMatchObject({ status: 200, type: "text/html; charset=utf-8" });
    expect(new Set([signalled("SIGKILL"), signalled("SIGTERM")])).toEqual(new Set(["B", "C"]));
  });

  it.each(["light", "dark"] as const)("looks as its %s picture, numbers apart", (theme) => {
    const { name, title, lines, parts } = storyPicture(events);
    const now = terminalSvg(lines, { theme, title, columns: COLUMNS });
    const shown = readFileSync(join(PICTURES, `${name}-${theme}.svg`), "utf8");
    // If they differ: npm run pictures
    expect(structureOf(shown, parts)).toEqual(structureOf(now, parts));
  });

  it("has a status page with the sections and columns of its pictures", () => {
    const shown = readFileSync(join(PICTURES, "page.txt"), "utf8");
    // If they differ: npm run pictures
    expect(shown).toBe(pageStructure(page.html));
    for (const theme of ["light", "dark"]) {
      const png = readFileSync(join(PICTURES, `page-${theme}.png`));
      // Signature, then width and height, each in four bytes (PNG, 11.2.1).
      expect(png.subarray(1, 4).toString()).toBe("PNG");
      expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([SIZE.width, SIZE.height]);
      expect(png.length).toBeLessThan(100_000);
    }
  });

  it("gives three processes that start together the numbers 0, 1 and 2", () => {
    expect(new Set(["A", "B", "C"].map(numberOf))).toEqual(new Set([0, 1, 2]));
  });

  it("gives a killed process's number to a newcomer, but not before its lease is over", () => {
    const victim = signalled("SIGKILL");
    expect(only(events, "ended").find(({ process }) => process === victim)).toMatchObject({
      code: null,
      signal: "SIGKILL",
    });
    const heir = ["D", "E"].find((name) => numberOf(name) === numberOf(victim))!;
    const granted = numbersOf(heir).find(({ number }) => number !== null)!;
    // What it was promised, and by when at the latest that was so.
    const last = only(events, "scraped").findLast(({ process }) => process === victim)!;
    expect(granted.atMs).toBeGreaterThanOrEqual(last.askedAtMs + last.leaseMs!);
  });

  it("gives a stopped process's number to a newcomer soon", () => {
    const leaver = signalled("SIGTERM");
    expect(only(events, "ended").find(({ process }) => process === leaver)).toMatchObject({
      code: 0,
    });
    const heir = ["D", "E"].find((name) => numberOf(name) === numberOf(leaver))!;
    const served = only(events, "serving").find(({ process }) => process === heir)!;
    const granted = numbersOf(heir).find(({ number }) => number !== null)!;
    // At its first heartbeat, or at its second if the number rested still; each comes after a second.
    expect(granted.atMs - served.atMs).toBeLessThan(4_000);
  });

  it("probes each process, and sees the killed one's end", () => {
    const probed = only(events, "probed");
    for (const name of ["A", "B", "C", "D", "E"]) {
      expect(probed.find(({ process }) => process === name)).toMatchObject({ success: true });
    }
    const end = probed.find(({ process, success }) => process === signalled("SIGKILL") && !success);
    expect(end?.reason).toContain("ECONNREFUSED");
  });

  it("shows the receiver three streams, never two processes of one number at the same time", () => {
    const exported = only(events, "exported");
    const streams = new Set(exported.map(({ number, instanceId }) => `${number} ${instanceId}`));
    expect(streams.size).toBe(3);
    for (const number of [0, 1, 2]) {
      const epochs = exported.filter((each) => each.number === number).map(({ epoch }) => epoch!);
      expect(epochs).toEqual(epochs.toSorted((a, b) => a - b));
    }
    const holders = Map.groupBy(
      only(events, "number").filter(({ epoch }) => epoch !== null),
      ({ number, epoch }) => `${number} ${epoch}`,
    );
    expect(
      [...holders.values()].map((each) => new Set(each.map((one) => one.process)).size),
    ).toEqual(Array.from({ length: holders.size }, () => 1));
  });

  it("counts at the receiver what was answered, but for the killed process's last moments", () => {
    const victim = signalled("SIGKILL");
    for (const { process, answered } of only(events, "ended")) {
      const epochs = new Set(numbersOf(process).map(({ epoch }) => epoch));
      const counted = only(events, "exported").findLast(({ epoch }) => epochs.has(epoch))!.requests;
      if (process === victim) expect(counted).toBeLessThanOrEqual(answered);
      else expect([process, counted]).toEqual([process, answered]);
    }
    const [finished] = only(events, "finished");
    expect(finished!.answered).toBeGreaterThan(100);
    expect(finished!.counted).toBeLessThanOrEqual(finished!.answered);
  });
});
