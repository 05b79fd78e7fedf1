import { diag, DiagLogLevel } from "@opentelemetry/api";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createReporter, LOG_LEVELS, setLogLevel } from "../../src/shared/report.ts";

let lines: string[] = [];
/** What was said that is no text. */
let details: unknown[] = [];
const log =
  (level: string) =>
  (...parts: unknown[]): void => {
    lines.push([level, ...parts].join(" "));
    details.push(...parts.filter((part) => typeof part !== "string"));
  };

beforeEach(() => {
  lines = [];
  details = [];
  diag.setLogger(
    {
      error: log("error"),
      warn: log("warn"),
      info: log("info"),
      debug: log("debug"),
      verbose: log("verbose"),
    },
    { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true },
  );
  lines = [];
});
afterEach(() => {
  setLogLevel("all");
  diag.disable();
});

it("says each cause once", () => {
  const report = createReporter("test");
  report.warnOnce("a", "first");
  report.warnOnce("a", "second");
  report.errorOnce("b", "third");
  expect(lines).toEqual(["warn taskmon.test first", "error taskmon.test third"]);
});

it("says that a cause is over, and reports it again afterwards", () => {
  const report = createReporter("test");
  report.recovered("a", "never broken");
  report.warnOnce("a", "broken");
  report.recovered("a", "well");
  report.warnOnce("a", "broken again");
  expect(lines).toEqual([
    "warn taskmon.test broken",
    "info taskmon.test well",
    "warn taskmon.test broken again",
  ]);
});

it("says what failed, why and where to read more in one line, and the stack at debug level", () => {
  const error = new Error("no route\n  to host");
  createReporter("task").warnOnce("a", "The store fails", error);
  expect(lines).toEqual([
    "warn taskmon.task The store fails: no route to host (docs/lease.md)",
    `debug taskmon.task The store fails ${String(error)}`,
  ]);
  expect(details).toEqual([error]);
});

it("does not say a cause twice that the message has, and keeps the stack back above debug", () => {
  setLogLevel("info");
  createReporter("test").errorOnce("a", "It fails: no route", new Error("no route"));
  expect(lines).toEqual(["error taskmon.test It fails: no route"]);
  expect(details).toEqual([]);
});

it("remembers a bounded number of causes", () => {
  const report = createReporter("test");
  for (let cause = 0; cause < 5_000; cause++) report.warnOnce(String(cause), "noise");
  expect(lines.length).toBe(1_000);
});

it("survives a logger that throws", () => {
  const broken = (): never => {
    throw new Error("no disk");
  };
  diag.setLogger(
    { error: broken, warn: broken, info: broken, debug: broken, verbose: broken },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  expect(() => createReporter("test").warnOnce("a", "message")).not.toThrow();
});

it("says what the level lets it say, and no more", () => {
  const said = LOG_LEVELS.map((level) => {
    const report = createReporter("test");
    lines = [];
    setLogLevel(level);
    report.errorOnce("a", "error");
    report.warnOnce("b", "warn");
    report.info("info");
    report.recovered("b", "recovered");
    return [level, ...lines.map((line) => line.replace(/.* /, ""))];
  });
  expect(said).toEqual([
    ["all", "error", "warn", "info", "recovered"],
    ["verbose", "error", "warn", "info", "recovered"],
    ["debug", "error", "warn", "info", "recovered"],
    ["info", "error", "warn", "info", "recovered"],
    ["warn", "error", "warn"],
    ["error", "error"],
    ["none"],
  ]);
});

it("does not count as said what the level kept back", () => {
  const report = createReporter("test");
  setLogLevel("error");
  report.warnOnce("a", "kept back");
  report.recovered("a", "never heard of");
  report.warnOnce("a", "kept back again");
  setLogLevel("warn");
  report.warnOnce("a", "said");
  report.warnOnce("a", "said twice");
  expect(lines).toEqual(["warn taskmon.test said"]);
});

it("lets a cause be said again that was over while the level kept that back", () => {
  const report = createReporter("test");
  report.warnOnce("a", "first");
  setLogLevel("warn");
  report.recovered("a", "well");
  report.warnOnce("a", "second");
  expect(lines).toEqual(["warn taskmon.test first", "warn taskmon.test second"]);
});

it("sets the level of reporters made before and after", () => {
  const before = createReporter("before");
  setLogLevel("none");
  before.info("a");
  createReporter("after").info("b");
  expect(lines).toEqual([]);
});
