import { diag, DiagLogLevel } from "@opentelemetry/api";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createReporter } from "../../src/shared/report.ts";

let lines: string[] = [];
const log =
  (level: string) =>
  (...parts: unknown[]): void => {
    lines.push([level, ...parts].join(" "));
  };

beforeEach(() => {
  lines = [];
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
afterEach(() => diag.disable());

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
