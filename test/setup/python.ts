import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import type { Program } from "./programs.ts";
import { programPath } from "./test-run.ts";

/** Python, and Prometheus' client for it, which has the strictest parser of OpenMetrics. */
export const pythonPrograms: readonly Program[] = [
  { name: "python3", apt: "python3" },
  {
    ...{ name: "parser.py", apt: "python3-prometheus-client", isRead: true },
    folders: ["/usr/lib/python3/dist-packages/prometheus_client/openmetrics"],
  },
];

/**
 * Runs a script of Python's that reads JSON and writes JSON.
 * @throws an error with what it said where it fails
 */
export function runPython(script: string, input: unknown): unknown {
  // The first Python on the PATH need not be the one that the package came for.
  const packages = join(dirname(programPath("parser.py")), "../..");
  const { status, stdout, stderr } = spawnSync(programPath("python3"), ["-c", script], {
    input: JSON.stringify(input),
    env: { ...process.env, PYTHONPATH: packages },
    encoding: "utf8",
    maxBuffer: 64 * 1_024 * 1_024,
  });
  if (status !== 0) throw new Error(`python3 ended with ${status}: ${stderr}`);
  return JSON.parse(stdout);
}
