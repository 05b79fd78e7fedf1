import fc from "fast-check";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { basename, join, relative } from "node:path";
import { expect, it } from "vitest";
import { SettingsError } from "../../src/settings/errors.ts";
import { FileSource, fileSettings } from "../../src/spec-files/file-settings.ts";
import { SettingsStore } from "../../src/settings/settings-store.ts";
import { DEFAULT_SETTINGS } from "../../src/settings/settings.ts";
import { manualClock } from "../../src/testing/manual-clock.ts";
import { eventually, folder, withoutPrivileges } from "../settings/files.ts";

const { signal } = new AbortController();

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder(), name);
  writeFileSync(path, content);
  return path;
}

/** What a file gives: its settings, or each problem as text, with the file's name in place of its path. */
async function loaded(path: string, format?: "yaml" | "json"): Promise<unknown> {
  try {
    return await fileSettings(path, format && { format }).load({ signal });
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return (error as SettingsError).problems.map(({ where, message }) =>
      `${where}: ${message}`.replaceAll(path, basename(path)),
    );
  }
}

it("reads the settings of a YAML or a JSON file, whatever else is in it", async () => {
  const settings = { enabled: false, metrics: { "a.b": { enabled: false } } };
  const yaml = `
settings: { enabled: false, metrics: { a.b: { enabled: false } } }
httpPort: 1234
metrics: [{ kind: counter, service: 1, id: 1, name: a.b, help: a }]
healthChecks: { healthCheckSpecs: [{ healthCheckID: 5, runIntervalSeconds: 3 }] }
`;
  expect(await loaded(file("settings.yaml", yaml))).toEqual(settings);
  expect(await loaded(file("settings.JSON", JSON.stringify({ settings })))).toEqual(settings);
  expect(await loaded(file("settings", JSON.stringify({ settings })), "json")).toEqual(settings);
  expect(await loaded(file("settings.json", yaml), "yaml")).toEqual(settings);
  expect(await loaded(file("specs.yaml", "metrics: []"))).toEqual({});
});

it("says what is wrong with file, line and column", async () => {
  const path = file("settings.yaml", "settings:\n  enabled: yes\n  flushInterval: 5\n");
  expect(await loaded(path)).toEqual([
    'settings.yaml:2:12: enabled must be true or false, got "yes"',
    'settings.yaml:3:3: the key "flushInterval" is unknown; known are enabled, flushIntervalMs, flushTimeoutMs, runtime, logLevel, metrics, services',
  ]);
});

it.each<[string, string | Uint8Array, string]>([
  ["is empty", "", "settings.yaml:1:1: the file must be object, got null"],
  [
    "breaks off",
    "settings:\n  metrics: { a: { enabled: fal",
    "settings.yaml:2:31: Flow map in block collection must be sufficiently indented and end with a }",
  ],
  [
    "breaks off after its key",
    "settings:",
    "settings.yaml:1:10: settings must be object, got null",
  ],
  ["is no text", Uint8Array.of(0xff, 0xfe, 0x00), "settings.yaml: the file is not UTF-8 text"],
  [
    "is overwritten with rubbish",
    "\u0000\u0001\u0002".repeat(10),
    'settings.yaml:1:1: the file must be object, got "',
  ],
  [
    "is wrong elsewhere",
    "settings: { enabled: false }\nhttpPort: -1",
    "settings.yaml:2:11: httpPort must be a port from 1 to 65535, or 0 for 4444, got -1",
  ],
  [
    "is longer than half a million bytes",
    `settings: {}\n${"#".repeat(524_288)}`,
    "settings.yaml: the file is longer than 524288 bytes",
  ],
])("refuses a file that %s", async (_, content, problem) => {
  expect(((await loaded(file("settings.yaml", content))) as string[])[0]).toContain(problem);
});

it("refuses what is no file, at once", async () => {
  const place = folder();
  const at = (name: string): string => join(place, name);
  mkdirSync(at("folder"));
  execFileSync("mkfifo", [at("pipe")]);
  symlinkSync("loop", at("loop"));
  symlinkSync("nowhere", at("dangling"));
  writeFileSync(at("huge"), "");
  truncateSync(at("huge"), 2 ** 40);
  const server = createServer().listen(at("socket"));
  await new Promise((resolve) => server.once("listening", resolve));
  const found: Record<string, unknown> = {};
  for (const name of ["folder", "pipe", "loop", "dangling", "missing", "huge", "socket"]) {
    found[name] = await loaded(at(name));
  }
  server.close();
  const cannot = (code: string): unknown => [
    expect.stringContaining(`the file cannot be read: ${code}`) as string,
  ];
  expect(found).toEqual({
    folder: ["folder: the file is not a regular file"],
    pipe: ["pipe: the file is not a regular file"],
    loop: cannot("ELOOP"),
    dangling: cannot("ENOENT"),
    missing: cannot("ENOENT"),
    huge: ["huge: the file is longer than 524288 bytes"],
    socket: cannot("ENXIO"),
  });
});

it("refuses a file that may not be read", async () => {
  const path = file("settings.yaml", "settings: {}");
  expect(await loaded(path)).toEqual({});
  chmodSync(path, 0o000);
  await withoutPrivileges(path, async () => {
    expect(await loaded(path)).toEqual([expect.stringContaining("EACCES")]);
  });
});

it("reads the file at the place that the path meant at first", async () => {
  const path = file("settings.yaml", "settings: { enabled: false }");
  const source = fileSettings(relative(process.cwd(), path));
  const before = process.cwd();
  process.chdir("/");
  try {
    expect(await source.load({ signal })).toEqual({ enabled: false });
  } finally {
    process.chdir(before);
  }
});

it.each([
  [[""], "fileSettings.path"],
  [[5], "fileSettings.path"],
  [["a\0b"], "fileSettings.path"],
  [["a.toml", { format: "toml" }], "fileSettings.format"],
  [["a.yaml", { watch: true }], "fileSettings.watch"],
])("refuses %j", (args, option) => {
  expect(() => fileSettings(...(args as [string]))).toThrow(
    expect.objectContaining({ code: "ERR_TASKMON_INVALID_OPTION", option }),
  );
});

/** A source whose readings the test paces. */
function paced(path: string) {
  const clock = manualClock();
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => void clock.after(ms, resolve));
  const source = new FileSource(path, undefined, { pause });
  let result: unknown;
  const begin = (): void => {
    result = undefined;
    void source.load().then(
      (value) => (result = value),
      (error: unknown) => (result = error),
    );
  };
  /** Until the source waits for the next reading, or has its answer. */
  const read = async (): Promise<void> => {
    await eventually(() => expect(clock.pending > 0 || result !== undefined).toBe(true));
  };
  return { clock, begin, read, result: () => result };
}

it("does not take half of what is being written", async () => {
  // Each of these is right by itself, and is not what was meant.
  const pieces = ["settings: { }", "", "settings:\n  flushIntervalMs: 2000"];
  const path = file("settings.yaml", pieces[0]!);
  const { clock, begin, read, result } = paced(path);
  begin();
  await read();
  for (const piece of [...pieces.slice(1), "settings:\n  flushIntervalMs: 20000"]) {
    writeFileSync(path, piece);
    await clock.advance(50);
    await read();
    expect(result()).toBeUndefined();
  }
  await clock.advance(50);
  await read();
  expect(result()).toEqual({ flushIntervalMs: 20_000 });
  // What is as it was is not waited for.
  begin();
  await read();
  expect(result()).toEqual({ flushIntervalMs: 20_000 });
});

it("does not take the gap while a file is replaced in two steps for its end", async () => {
  const path = join(folder(), "settings.yaml");
  const { clock, begin, read, result } = paced(path);
  begin();
  await read();
  writeFileSync(path, "settings: { enabled: false }");
  await clock.advance(50);
  await read();
  await clock.advance(50);
  await read();
  expect(result()).toEqual({ enabled: false });
});

it("refuses a file that is being written all the time", async () => {
  const path = file("settings.yaml", "settings: {}");
  const { clock, begin, read, result } = paced(path);
  begin();
  for (let i = 0; i < 100 && result() === undefined; i++) {
    await read();
    writeFileSync(path, `settings: { flushIntervalMs: ${2_000 + i} }`);
    await clock.advance(50);
  }
  await read();
  expect(String(result())).toContain("the file is being written all the time");
});

it("reads a file once at a time, whoever asks", async () => {
  const path = file("settings.yaml", "settings: {}");
  const source = fileSettings(path);
  const first = source.load({ signal });
  expect(source.load({ signal })).toBe(first);
  await first;
  expect(source.load({ signal })).not.toBe(first);
});

it("gives valid settings or keeps the old ones whole, whatever the file says", async () => {
  const path = file("settings.json", '{"settings":{"flushIntervalMs":7000}}');
  const clock = manualClock();
  const source = new FileSource(path, undefined, { pause: async () => {} });
  const keeper = new SettingsStore({ source }, { clock, env: {} });
  await keeper.refresh();
  expect(keeper.current.flushIntervalMs).toBe(7_000);
  const right = fc.record(
    {
      enabled: fc.boolean(),
      flushIntervalMs: fc.integer({ min: 1_000, max: 86_400_000 }),
      flushTimeoutMs: fc.integer({ min: 100, max: 600_000 }),
      metrics: fc.dictionary(fc.constantFrom("a", "b.c"), fc.record({ enabled: fc.boolean() })),
    },
    { requiredKeys: [] },
  );
  const value = fc.oneof(
    right.map((settings) => ({ settings })),
    fc.jsonValue(),
    fc.jsonValue().map((settings) => ({ settings })),
    fc
      .dictionary(
        fc.constantFrom(
          "enabled",
          "flushIntervalMs",
          "runtime",
          "logLevel",
          "metrics",
          "__proto__",
        ),
        fc.oneof(
          fc.constantFrom<unknown>(true, 1_000, "info", {}, { a: { enabled: false } }),
          fc.jsonValue(),
        ),
        { maxKeys: 3 },
      )
      .map((settings) => ({ settings })),
  );
  const seen = { good: 0, bad: 0 };
  await fc.assert(
    fc.asyncProperty(
      value,
      fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
      async (json, part) => {
        const before = keeper.current;
        const text = JSON.stringify(json);
        // All of it, or as much as had been written.
        writeFileSync(path, text.slice(0, Math.ceil(text.length * part)));
        const after = await keeper.refresh();
        expect(after).toBe(keeper.current);
        if (keeper.error !== undefined) {
          seen.bad += 1;
          expect(after).toBe(before);
          expect(keeper.error.problems.length).toBeGreaterThan(0);
          return;
        }
        seen.good += 1;
        const { settings = {} } = json as { settings?: Record<string, unknown> };
        expect(after).toEqual({ ...DEFAULT_SETTINGS, ...settings });
      },
    ),
    { numRuns: 500 },
  );
  expect(seen.good).toBeGreaterThan(30);
  expect(seen.bad).toBeGreaterThan(50);
});
