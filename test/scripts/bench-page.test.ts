import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { thisMachine } from "../../bench/harness/machine.ts";
import { benchPage, type BenchRun } from "../../scripts/bench-page.ts";

/** What `npm run bench -- collect --json --rounds 3 --round-ms 10` printed. */
const recorded = readFileSync(join(import.meta.dirname, "fixtures/bench.jsonl"), "utf8");
const run = JSON.parse(recorded) as BenchRun;

it("says of which machine and versions the figures are, and by which command", () => {
  const page = benchPage(recorded);
  const { date, cpu, cpus, node, versions } = run;
  expect(page).toContain(`- ${date}: ${cpu}, ${cpus} CPUs, `);
  expect(page).toContain(`Node.js ${node}; @opentelemetry/api ${versions["@opentelemetry/api"]}`);
  expect(page).toContain("`npm run bench -- collect`");
});

it("has a table for each group, with every contender, figure and goal", () => {
  const page = benchPage(recorded);
  for (const { name, rows } of run.suites[0]!.groups) {
    expect(page).toContain(`### ${name}`);
    for (const { contender } of rows) expect(page).toContain(`| ${contender} |`);
  }
  expect(page).toMatch(/^\| taskmon \| .*times faster at least 8: (?:met|\*\*not met\*\*) \|$/m);
  expect(page).toContain("3 rounds. That is few");
});

it("shows figures in three digits, and a goal that was not met", () => {
  const spread = (median: number) => ({ median, q1: median / 2, q3: median * 2 });
  const row = {
    contender: "ours | theirs",
    figures: { "ns/op": spread(1.23456), "B/op": spread(123_456.7), zero: spread(0.001) },
    goals: [{ figure: "ns/op", atMost: 1, met: false }],
  };
  const groups = [{ name: "g", baseline: "sdk", rounds: 40, rows: [row as never] }];
  const page = benchPage(JSON.stringify({ ...run, suites: [{ name: "s", groups }] }));
  expect(page).toContain(
    "| ours \\| theirs | 1.23 (0.617 to 2.47) | 123,457 (61,728 to 246,913) | 0 (0 to 0) | ns/op at most 1: **not met** |",
  );
  expect(page).toContain("Beside sdk; 40 rounds.\n");
});

it("takes each suite's last run, and says on which machine it was", () => {
  const other = { ...run, cpu: "Other CPU", suites: [{ name: "second", groups: [] }] };
  const page = benchPage([recorded, recorded, JSON.stringify(other)].join("\n"));
  expect(page.match(/^## collect$/gm)).toHaveLength(1);
  expect(page).toContain(`\`npm run bench -- second\`, ${run.date} on Other CPU`);
});

it("refuses a line that is no result", () => {
  expect(() => benchPage(`${recorded}\nhandles: 3 ns`)).toThrow("Line 3 is not what npm run bench");
  expect(() => benchPage("{}")).toThrow("Line 1 is not");
});

it("knows the versions of what stands beside Taskmon", () => {
  const { versions, node } = thisMachine();
  expect(node).toBe(process.version);
  expect(versions["prom-client"]).toMatch(/^\d+\.\d+\.\d+$/);
});
