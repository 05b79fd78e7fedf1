import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { judge, type Goal, type Row } from "../harness/results.ts";
import { spreadOf, spreadOfPairs } from "../harness/spread.ts";
import type { Suite } from "../harness/suite.ts";

const root = join(import.meta.dirname, "../..");
const BASELINE = "@opentelemetry/sdk-node";
const ROUNDS = 7;

/** What is imported, of the built package, and its goals. */
const contenders: Readonly<Record<string, readonly Goal[]>> = {
  taskmon: [
    { figure: "of sdk-node's time", atMost: 0.14 },
    { figure: "of sdk-node's CPU time", atMost: 0.14 },
    { figure: "MB", atMost: 15 },
  ],
  "taskmon/metrics": [],
  [BASELINE]: [],
  "prom-client": [],
  "@prometheus-io/client": [],
  "@opentelemetry/api": [],
};

type Figures = Readonly<Record<"ms" | "CPU ms" | "MB", number>>;

/** Imports, each in a process of its own, one contender after the other, round by round. */
export const importing: Suite = {
  name: "import",
  async *run({ rounds = ROUNDS }) {
    if (!existsSync(join(root, "dist/index.js"))) throw new Error("Run `npm run build` first");
    const names = Object.keys(contenders);
    const measured = new Map<string, Figures[]>(names.map((name) => [name, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const name of names) measured.get(name)!.push(measure(name));
    }
    const base = measured.get(BASELINE)!;
    const rows = names.map((name): Row => {
      const all = measured.get(name)!;
      const of = (figure: keyof Figures): number[] => all.map((each) => each[figure]);
      const figures = {
        ms: spreadOf(of("ms")),
        "CPU ms": spreadOf(of("CPU ms")),
        MB: spreadOf(of("MB")),
        "of sdk-node's time": spreadOfPairs(
          of("ms"),
          base.map(({ ms }) => ms),
          ratio,
        ),
        // On a machine that others use, this says more.
        "of sdk-node's CPU time": spreadOfPairs(
          of("CPU ms"),
          base.map((each) => each["CPU ms"]),
          ratio,
        ),
      };
      return { contender: name, figures, goals: judge(figures, contenders[name]) };
    });
    yield {
      name: "import",
      note: "What they share with others, OpenTelemetry's API say, is in each figure.",
      ...{ baseline: BASELINE, rounds, rows },
    };
  },
};

const ratio = (own: number, other: number): number => own / other;

function measure(name: string): Figures {
  const program = `
    const cpu = process.cpuUsage(), rss = process.memoryUsage.rss(), at = performance.now();
    await import(${JSON.stringify(name)});
    const ms = performance.now() - at, { user, system } = process.cpuUsage(cpu);
    const MB = (process.memoryUsage.rss() - rss) / 1e6;
    console.log(JSON.stringify({ ms, "CPU ms": (user + system) / 1e3, MB }));`;
  const args = ["--no-warnings", "--input-type=module", "--eval", program];
  return JSON.parse(
    execFileSync(process.execPath, args, { cwd: root, encoding: "utf8" }),
  ) as Figures;
}
