import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseMetricSpecs } from "../../src/spec-files/index.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/spec-files.md"), "utf8");
const schema = JSON.parse(readFileSync(join(root, "schema/metric-specs.schema.json"), "utf8")) as {
  definitions: { metric: { properties: Record<string, { enum?: string[] }> } };
};

it("has documentation whose files are right", () => {
  const [first, second] = [...page.matchAll(/```yaml\n([^]*?)```/g)].map(([, text]) =>
    parseMetricSpecs(text!),
  );
  expect(first!.specs.map(({ name }) => name)).toEqual([
    "shop.orders.placed",
    "shop.checkout.duration",
  ]);
  expect(second!.specs).toHaveLength(3);
  expect(second!.healthChecks).toHaveLength(1);
});

it("has documentation for each key and kind of a metric", () => {
  const { properties } = schema.definitions.metric;
  for (const key of Object.keys(properties))
    expect(page).toMatch(new RegExp(`^\\| \`${key}\` `, "m"));
  for (const kind of properties["kind"]!.enum!) expect(page).toContain(`\`${kind}\``);
});
