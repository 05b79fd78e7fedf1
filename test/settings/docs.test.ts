import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseDocument } from "yaml";
import { parseMetricSpecs, SpecFileError } from "../../src/spec-files/index.ts";
import { settingsFromEnv } from "../../src/settings/environment.ts";
import { events } from "../../src/settings/events.ts";
import { BOUNDS, DEFAULT_SETTINGS, SETTINGS } from "../../src/settings/settings.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/settings.md"), "utf8");
const schema = JSON.parse(readFileSync(join(root, "schema/metric-specs.schema.json"), "utf8")) as {
  definitions: {
    settings: {
      properties: Record<string, { default?: unknown; minimum?: number; maximum?: number }>;
    };
  };
};

/** The rows of the page's tables, by their first cell. */
const rows = new Map(
  [...page.matchAll(/^\| `([^`]+)` +\|(.*)\|$/gm)].map(([, key, cells]) => [
    key!,
    cells!.split("|").map((cell) => cell.trim()),
  ]),
);

it("has documentation and a schema for each setting, with its default and bounds", () => {
  const { properties } = schema.definitions.settings;
  expect(Object.keys(properties)).toEqual(SETTINGS);
  for (const name of SETTINGS) {
    const [meaning, byDefault] = rows.get(name)!;
    if (name === "metrics" || name === "services") continue;
    expect(byDefault!.replaceAll("`", "")).toBe(String(DEFAULT_SETTINGS[name]));
    expect(properties[name]!.default).toBe(DEFAULT_SETTINGS[name]);
    if (!(name in BOUNDS)) continue;
    const { min, max } = BOUNDS[name as keyof typeof BOUNDS];
    expect(meaning).toContain(`from ${min} to ${max}`);
    expect(properties[name]).toMatchObject({ minimum: min, maximum: max });
  }
});

it("has documentation for each variable and event", () => {
  const read: string[] = [];
  const wrong = new Proxy({}, { get: (_, variable) => (read.push(String(variable)), "?") });
  const { problems } = settingsFromEnv(wrong);
  expect(problems.map(({ where }) => where)).toEqual(read);
  for (const { where, message } of problems) {
    expect(rows.get(where)).toEqual([`\`${message.split(" ")[0]}\``]);
  }
  for (const { eventName } of Object.values(events)) expect(rows.has(eventName)).toBe(true);
});

it("has documentation whose files are right, and whose faults read as it says", () => {
  const [file, kubernetes] = [...page.matchAll(/```yaml\n([^]*?)```/g)].map(([, text]) => text!);
  expect(parseMetricSpecs(file!).settings).toEqual({
    flushIntervalMs: 30_000,
    logLevel: "warn",
    metrics: { "shop.carts.abandoned": { enabled: false } },
  });
  const configMap = parseDocument(kubernetes!.split("---")[0]!).toJS() as {
    data: { "settings.yaml": string };
  };
  expect(parseMetricSpecs(configMap.data["settings.yaml"]).settings).toEqual({
    flushIntervalMs: 30_000,
  });
  for (const text of ["settings:\n  flushIntervalMs: 30", ""]) {
    const problem = problemOf({ text, file: "settings.yaml" });
    expect(page).toContain(problem);
  }
});

function problemOf(text: { text: string; file: string }): string {
  try {
    parseMetricSpecs(text);
  } catch (error) {
    if (error instanceof SpecFileError) return error.message.split("\n")[1]!;
  }
  throw new Error("There is no problem");
}
