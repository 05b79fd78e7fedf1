import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type MetricSpec, prometheusName } from "../src/metrics/index.ts";
import { createTaskmon, memoryAllocator } from "../src/index.ts";
import { componentVersions } from "../src/runtime/index.ts";

// Writes docs/metrics.md from the specs of the metrics that a Taskmon object registers; with `--check`,
// compares instead, and fails where they differ.

const KINDS = {
  counter: "Counter",
  upDownCounter: "UpDownCounter",
  gauge: "Gauge",
  histogram: "Histogram",
  exponentialHistogram: "Histogram, exponential",
  state: "Gauge, a state",
  distribution: "Histogram, a distribution",
} as const;

const file = join(import.meta.dirname, "../docs/metrics.md");
const taskmon = createTaskmon({
  ...{ target: { serviceName: "docs" }, allocator: memoryAllocator() },
  // Its metrics are there only where a program asks for them.
  runtime: true,
});
// Registers its metric, which is there only where a program calls it.
componentVersions(taskmon.metrics, {});
const page = render([...taskmon.metrics.metrics()].map(({ spec }) => spec));
await taskmon.shutdown();

if (!process.argv.includes("--check")) {
  writeFileSync(file, page);
} else if (readFileSync(file, "utf8") !== page) {
  console.error("docs/metrics.md differs from the specs; run: node scripts/metrics-doc.ts");
  process.exitCode = 1;
}

function render(specs: readonly MetricSpec[]): string {
  const sections = specs
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((spec) => section(spec));
  return `# Metrics

Generated from the specs by \`scripts/metrics-doc.ts\`. A label with a question mark may be absent.

${sections.join("\n")}`;
}

function section(spec: MetricSpec): string {
  const labels = spec.labels.map(
    ({ key, type, optional }) => `\`${key}${optional ? "?" : ""}\` (${type})`,
  );
  const facts = [
    `- ${KINDS[spec.kind]}, unit \`${spec.unit}\``,
    `- in Prometheus \`${prometheusName(spec)}\``,
    labels.length > 0 ? `- labels: ${labels.join(", ")}` : "- no labels",
    ...(spec.buckets === undefined ? [] : [`- buckets: ${spec.buckets.join(", ")}`]),
    `- meter \`${spec.service.name}\`, ids \`0x${spec.service.id.toString(16)}\` / \`0x${spec.id.toString(16)}\``,
  ];
  return `## ${spec.name}\n\n${spec.help}\n\n${facts.join("\n")}\n`;
}
