import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { commandOf, LONG_RUNS, type LongRun, runAll } from "./long-runs.ts";

// `npm run test:nightly` runs every long test; `npm run test:nightly -- guard` those with "guard" in their names;
// `--list` only says what there is.

const root = join(import.meta.dirname, "..");
const { values, positionals } = parseArgs({
  options: { list: { type: "boolean", default: false } },
  allowPositionals: true,
});
const chosen = LONG_RUNS.filter(
  ({ name }) => positionals.length === 0 || positionals.some((word) => name.includes(word)),
);

if (chosen.length === 0) {
  console.error(`nightly: no long run is called ${positionals.join(" or ")}`);
  process.exitCode = 2;
} else if (values.list) {
  for (const run of chosen) console.log(`${run.name}: ${commandOf(run)}`);
} else if (!runAll(chosen, passes, (line) => console.log(`\n${line}`))) {
  process.exitCode = 1;
}

function passes({ env, tests }: LongRun): boolean {
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const { status } = spawnSync(
    process.execPath,
    [vitest, "run", "--testTimeout=3600000", ...tests],
    { cwd: root, env: { ...process.env, ...env }, stdio: "inherit" },
  );
  return status === 0;
}
