import { mkdtempSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, it, onTestFinished, vi } from "vitest";
import {
  createMonitor,
  DuplicateServiceRegistrationError,
  type Monitor,
} from "../../../src/monitor/index.ts";
import {
  applyMonitors,
  type MonitorsChange,
  parseMonitors,
  SpecFileError,
  watchMonitors,
} from "../../../src/monitor/config/index.ts";

const list = (...items: string[]): string => `monitors: [${items.join(", ")}]\n`;
const one = (name: string, more = ""): string => `{ name: ${name}, url: "http://${name}"${more} }`;

function replace(file: string, text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

async function watched(text: string, monitor: Monitor = createMonitor()) {
  const file = join(mkdtempSync(join(inject("testRun").folder, "watch-")), "guard.yaml");
  writeFileSync(file, text);
  const applied: MonitorsChange[] = [];
  const refused: unknown[] = [];
  const watch = await watchMonitors(monitor, file, {
    lookMs: 10,
    onApplied: (change) => applied.push(change),
    onRefused: (error) => refused.push(error),
  });
  onTestFinished(() => watch.close());
  return { file, monitor, applied, refused, watch };
}

it("follows a file: what stays goes on, what changed begins anew, what is gone is removed", async () => {
  const { file, monitor, applied } = await watched(list(one("a"), one("b"), one("c")));
  const [a, b] = [monitor.get("a"), monitor.get("b")];
  replace(file, list(one("b", ", graceMs: 5"), one("a"), one("d")));
  await vi.waitFor(() => expect(applied).toHaveLength(2), 10_000);
  expect(applied[1]).toEqual({ added: ["d"], replaced: ["b"], removed: ["c"] });
  expect(monitor.names().toSorted()).toEqual(["a", "b", "d"]);
  expect(monitor.get("a")).toBe(a);
  expect(monitor.get("b")).not.toBe(b);
});

it("refuses a change that is wrong anywhere as a whole, and takes it when it is right", async () => {
  const { file, monitor, applied, refused, watch } = await watched(list(one("a")));
  replace(file, list(one("b"), '{ name: c, url: "nowhere" }'));
  await vi.waitFor(() => expect(refused).toHaveLength(1), 10_000);
  expect(refused[0]).toBeInstanceOf(SpecFileError);
  expect(String(refused[0])).toContain("guard.yaml:1:58: url must be a URL");
  expect(monitor.names()).toEqual(["a"]);
  expect(await watch.reload()).toBe(false);
  replace(file, list(one("b")));
  await vi.waitFor(() => expect(applied).toHaveLength(2), 10_000);
  expect(monitor.names()).toEqual(["b"]);
  expect(await watch.reload()).toBe(true);
});

it("begins with nothing where the file is wrong at first", async () => {
  const monitor = createMonitor();
  await expect(watched(list(one("a"), "{ name: b }"), monitor)).rejects.toThrow(SpecFileError);
  expect(monitor.names()).toEqual([]);
});

it("takes no name from code, and nothing beside", async () => {
  const monitor = createMonitor();
  const own = monitor.add("own", { url: "http://own" });
  const both = parseMonitors(list(one("a"), one("own")));
  expect(() => applyMonitors(monitor, both)).toThrow(DuplicateServiceRegistrationError);
  expect(monitor.names()).toEqual(["own"]);
  const { file, refused } = await watched(list(one("a")), monitor);
  replace(file, list(one("b"), one("own")));
  await vi.waitFor(() => expect(refused).toHaveLength(1), 10_000);
  expect(refused[0]).toBeInstanceOf(DuplicateServiceRegistrationError);
  expect(monitor.names()).toEqual(["own", "a"]);
  expect(monitor.get("own")).toBe(own);
});

it("follows no longer when it is closed; the services stay", async () => {
  const { file, monitor, watch, applied } = await watched(list(one("a")));
  watch.close();
  replace(file, list(one("b")));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(applied).toHaveLength(1);
  expect(monitor.names()).toEqual(["a"]);
});
