import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { publicNames } from "../../scripts/public-names.ts";

const root = join(import.meta.dirname, "../..");
const page = (name: string): string => readFileSync(join(root, "docs", name), "utf8");

/** The code in the column of our names. */
const ours = page("names.md")
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| -"))
  .map((line) => line.split("|").at(-2)!)
  .flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code!));

const metricsPage = page("metrics.md");
const metrics = new Set([...metricsPage.matchAll(/^## (\S+)$/gm)].map(([, name]) => name));
const labels = new Set([...metricsPage.matchAll(/`([a-z_.]+)\??`/g)].map(([, name]) => name));
const options = new Set([...page("options.md").matchAll(/\*\*`(\w+)`\*\*/g)].map(([, key]) => key));
const exported = new Set(
  [...publicNames(root).values()].flatMap(({ values, types }) => [...values, ...types]),
);

/** Attributes of resources, which are in no metric, and what OpenTelemetry's own instrumentation counts. */
const ELSEWHERE = ["service.version", "nodejs.*", "v8js.*", "process.uptime"];

it("names only metrics and labels that there are", () => {
  const isMetric = /^(?:http|process|health|user_agent|service|taskmon)(?:\.[a-z_]+)+$/;
  const members = /^taskmon\.(?:dump|health|identity|metrics|probes|readers|settings|task)$/;
  const claimed = ours.filter((code) => isMetric.test(code) && !members.test(code));
  expect(claimed.length).toBeGreaterThan(15);
  const unknown = claimed.filter(
    (code) => !metrics.has(code) && !labels.has(code) && !ELSEWHERE.includes(code),
  );
  // Members of members: a method of the registry, or a fact of the task.
  expect(unknown.filter((code) => !/^taskmon\.(?:task|identity)\.[a-z]+$/.test(code))).toEqual([]);
});

it("names only functions, types and options that there are", () => {
  const words = ours.flatMap((code) => {
    const bare = code.replaceAll(/"[^"]*"/g, "");
    // Not what follows a dot: those are methods.
    return [...bare.matchAll(/(?<![.\w])([a-zA-Z]*[a-z][A-Z]\w*)/g)].map(([, word]) => word!);
  });
  expect(words.length).toBeGreaterThan(15);
  const METHODS = ["notifyTaskIsAlive"];
  expect(
    words.filter((word) => !exported.has(word) && !options.has(word) && !METHODS.includes(word)),
  ).toEqual([]);
});
