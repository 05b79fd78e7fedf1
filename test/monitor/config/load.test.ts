import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { loadMetricSpecs } from "../../../src/spec-files/index.ts";
import { createMonitor } from "../../../src/monitor/index.ts";
import {
  applyMonitors,
  createTriggerTypes,
  loadMonitors,
  parseMonitors,
  SpecFileError,
} from "../../../src/monitor/config/index.ts";
import { triggerOf } from "../../../src/monitor/options.ts";
import { stage } from "../triggers/harness.ts";

/** What is wrong with a text, as compilers write it. */
function problems(text: string, file = "guard.yaml"): string[] {
  try {
    parseMonitors({ text, file });
  } catch (error) {
    if (error instanceof SpecFileError) return error.message.split("\n").slice(1);
    throw error;
  }
  return [];
}

const WHOLE = `
monitors:
  - name: wiki
    url: http://127.0.0.1:8080/
    graceMs: 30000
    floorMs: 500
    timeoutMs: 2000
    first: lazy
    passiveFall: 2
    usualWakeMs: 45000
    triggerTimeoutMs: 120000
    rise: 2
    fall: 3
    window: { failures: 3, size: 5 }
    maxErrorMs: 60000
    probe: { type: http, method: HEAD }
    onDown:
      type: rateLimit
      max: 1
      periodMs: 60000
      trigger:
        type: compound
        triggers:
          - { type: wakeOnLan, mac: "aa:bb:cc:dd:ee:ff" }
          - { type: exec, command: "true", args: [wiki] }
    always:
      type: delay
      delayMs: 1800000
      trigger: { type: webhook, url: "http://127.0.0.1:1/sleep" }
    onUp: { type: exec, command: "true" }
  - name: mail
    url: smtp://127.0.0.1
`;

describe("a file of monitors", () => {
  it("declares services with all their options, probes and triggers", () => {
    const entries = parseMonitors(WHOLE);
    const monitor = createMonitor();
    expect(applyMonitors(monitor, entries)).toEqual({
      ...{ added: ["wiki", "mail"], replaced: [], removed: [] },
    });
    expect(monitor.names()).toEqual(["wiki", "mail"]);
    expect(
      monitor
        .get("wiki")
        .view()
        .triggers.map(({ slot }) => slot),
    ).toEqual([...["always", "onUp", "onDown"]]);
    expect(entries[0]?.options).toMatchObject({ graceMs: 30_000, probe: { type: "http" } });
    expect(monitor.get("mail").view().usualWakeMs).toBeUndefined();
    expect(monitor.get("wiki").view().usualWakeMs).toBe(45_000);
  });

  it("may be JSON, several files, and hold metrics beside", async () => {
    const folder = mkdtempSync(join(inject("testRun").folder, "monitors-"));
    const [yaml, json] = [join(folder, "a.yaml"), join(folder, "b.json")];
    writeFileSync(yaml, "httpPort: 9464\nmonitors: [{ name: a, url: 'http://a' }]\n");
    writeFileSync(json, '{ "monitors": [{ "name": "b", "url": "http://b" }] }');
    expect((await loadMonitors([yaml, json])).map(({ name }) => name)).toEqual(["a", "b"]);
    expect((await loadMetricSpecs(yaml)).httpPort).toBe(9_464);
    await expect(loadMonitors([yaml, yaml])).rejects.toThrow(
      "the service a is already declared at",
    );
    await expect(loadMonitors(join(folder, "c.yaml"))).rejects.toThrow("cannot be read");
  });

  it("may have no monitors at all", () => {
    expect(parseMonitors("httpPort: 9464")).toEqual([]);
  });
});

describe("faults of a file", () => {
  it.each([
    ["monitors:\n  - url: http://a", '2:5: the key "name" is missing'],
    ["monitors:\n  - name: a", '2:5: the key "url" is missing'],
    ["monitors:\n  - { name: a, url: nowhere }", '2:21: url must be a URL, got "nowhere"'],
    ["monitors:\n  - name: a\n    url: tcp://a", "3:10: url must be a URL with a port"],
    [
      "monitors:\n  - name: a\n    url: http://a\n    graceMs: -1",
      "4:14: graceMs must be at least 0, got -1",
    ],
    [
      "monitors:\n  - name: a\n    url: http://a\n    grace: 1",
      '4:5: the key "grace" is unknown; known are name, url, graceMs',
    ],
    [
      "monitors:\n  - name: a\n    url: http://a\n    onDown: { type: shell }",
      "4:21: type must be a type of trigger: compound, rateLimit, delay, exec, webhook, wakeOnLan",
    ],
    [
      "monitors:\n  - name: a\n    url: http://a\n    onDown: { command: x }",
      '4:13: the key "type" is missing',
    ],
    [
      "monitors:\n  - name: a\n    url: http://a\n    onDown:\n      type: exec\n      command: 7",
      "6:16: exec.command must be a text that is not blank, got 7",
    ],
    [
      "monitors:\n  - name: a\n    url: http://a\n    onDown: { type: delay, delayMs: 1, trigger: { type: exec } }",
      "4:49: exec.command must be a text that is not blank, got undefined",
    ],
    [
      "monitors:\n  - name: a\n    url: http://a\n    onDown:\n      type: compound\n      triggers:\n        - { type: exec, command: x }\n        - { type: wakeOnLan, mac: zz }",
      "8:35: wakeOnLan.mac must be six bytes in hex",
    ],
    [
      "monitors:\n  - name: a\n    url: http://a\n    onDown: { type: rateLimit, max: 1, trigger: { type: exec, command: x } }",
      "4:13: rateLimit.periodMs must be a number from 1",
    ],
    [
      "monitors:\n  - name: a\n    url: http://a\n    probe: { type: http, method: 7 }",
      "4:34: httpProbe.method must be",
    ],
    [
      "monitors:\n  - name: a\n    url: http://a\n    probe: { type: smtp }",
      "4:20: type must be one of",
    ],
    [
      "monitors:\n  - { name: a, url: 'http://a' }\n  - { name: a, url: 'http://b' }",
      "3:5: the service a is already declared at guard.yaml:2:5",
    ],
    ["monitors: [", "1:12: "],
    ["monitors: {}", "1:11: monitors must be array, got an object"],
  ])("are told by line and column: %j", (text, problem) => {
    expect(problems(text)).toEqual([expect.stringContaining(`guard.yaml:${problem}`)]);
  });

  it("are told all at one time, and nothing of the file holds", () => {
    const text =
      "monitors:\n  - { name: a, url: x }\n  - { name: b, url: 'http://b' }\n  - { name: c, url: y }";
    expect(problems(text)).toHaveLength(2);
  });
});

describe("types of triggers", () => {
  it("may be added by the program", async () => {
    const paged: unknown[] = [];
    const types = createTriggerTypes().add(
      "pager",
      ({ number }) =>
        () =>
          void paged.push(number),
    );
    const text = "monitors: [{ name: a, url: 'http://a', onDown: { type: pager, number: 42 } }]";
    const [entry] = parseMonitors(text, { types });
    await stage().fire(triggerOf("onDown", entry!.options.onDown!));
    expect(paged).toEqual([42]);
    expect(types.names()).toContain("pager");
    expect(() => types.add("pager", () => () => {})).toThrow("type must be a new name");
    expect(problems(text)[0]).toContain("type must be a type of trigger");
  });
});
