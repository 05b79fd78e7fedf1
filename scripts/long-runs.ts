/** Tests that `npm test` runs with few cases, with many. */
export interface LongRun {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  /** What vitest is given: folders, or beginnings of files' names. */
  readonly tests: readonly string[];
}

/** All that there are. */
export const LONG_RUNS: readonly LongRun[] = [
  { name: "bundles", env: { TASKMON_NIGHTLY: "1" }, tests: ["test/bundles"] },
  { name: "next", env: { TASKMON_NEXT_NIGHTLY: "1" }, tests: ["test/examples/next.test.ts"] },
  { name: "model", env: { TASKMON_MODEL_RUNS: "100000" }, tests: ["test/task/model"] },
  { name: "oracle", env: { TASKMON_ORACLE_RUNS: "3000" }, tests: ["test/metrics/streams"] },
  {
    name: "readers",
    env: { TASKMON_STREAM_RUNS: "2000" },
    tests: ["test/reader/streams.property.test.ts", "test/reader/off.property.test.ts"],
  },
  {
    name: "guard-raw",
    env: { TASKMON_GUARD_RUNS: "5000" },
    tests: ["test/monitor/forward/raw.property.test.ts"],
  },
  {
    name: "guard-memory",
    env: { TASKMON_GUARD_ABORTS: "100000" },
    tests: ["test/monitor/guard/memory.test.ts"],
  },
  {
    name: "rolling",
    env: { TASKMON_ROLLING_ROUNDS: "10" },
    tests: ["test/shutdown/rolling.test.ts"],
  },
  {
    name: "scrapers",
    env: { TASKMON_SCRAPE_REQUESTS: "1000" },
    tests: ["test/prometheus/slow-scrapers.test.ts"],
  },
  { name: "heap", env: { TASKMON_HEAP_REQUESTS: "1000000" }, tests: ["test/http/heap.test.ts"] },
];

/** What one types to run it alone. */
export function commandOf({ env, tests }: LongRun): string {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return [...variables, "npx vitest run --testTimeout=3600000", ...tests].join(" ");
}

/**
 * Runs all of them, one after the other, so that none disturbs another, and says at the end what failed.
 * @param passes runs one
 * @returns whether all passed
 */
export function runAll(
  runs: readonly LongRun[],
  passes: (run: LongRun) => boolean,
  log: (line: string) => void,
): boolean {
  const failed = runs.filter((run) => {
    log(`nightly: ${run.name}: ${commandOf(run)}`);
    return !passes(run);
  });
  log(`nightly: ${runs.length - failed.length} of ${runs.length} passed`);
  for (const run of failed) log(`nightly: failed: ${run.name}: ${commandOf(run)}`);
  return failed.length === 0;
}
