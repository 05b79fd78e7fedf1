// npm run bench:fleet [-- --processes N --restarts N --only taskmon|opentelemetry]
//
// Restarts a fleet again and again, once with OpenTelemetry's random instance id and once with Taskmon's
// identity, and counts the streams of one counter that an OTLP receiver has seen: what a backend keeps.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startStreamCounter } from "./stream-counter.ts";

const { values } = parseArgs({
  options: {
    processes: { type: "string", default: "20" },
    restarts: { type: "string", default: "20" },
    only: { type: "string" },
  },
});
/** What each process runs; a test has it bundled, which starts sooner. */
const PROGRAM = process.env["FLEET_PROGRAM"] ?? join(import.meta.dirname, "process.ts");
const [processes, restarts] = [Number(values.processes), Number(values.restarts)];
const folder = mkdtempSync(join(tmpdir(), "taskmon-fleet-"));
try {
  for (const way of ["opentelemetry", "taskmon"] as const) {
    if (values.only !== undefined && values.only !== way) continue;
    const receiver = await startStreamCounter("shop.orders");
    const seen: number[] = [];
    for (let start = 0; start <= restarts; start++) {
      await runFleet(way, receiver.url);
      seen.push(receiver.streams());
    }
    await receiver.close();
    console.log(
      `${way}: ${processes} processes, ${restarts} restarts: ${seen.at(-1)} streams (after each start: ${seen.join(" ")})`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Starts every process of the fleet, waits until all run, and stops all of them in an orderly way. */
async function runFleet(way: string, url: string): Promise<void> {
  const fleet = Array.from({ length: processes }, () =>
    fork(PROGRAM, [way, join(folder, "tasks.sqlite")], {
      execArgv: ["--conditions=@taskmon/source"],
      env: {
        ...process.env,
        OTEL_SERVICE_NAME: "fleet",
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${url}/v1/metrics`,
        OTEL_TRACES_EXPORTER: "none",
        OTEL_LOGS_EXPORTER: "none",
      },
    }),
  );
  await Promise.all(fleet.map((one) => once(one, "message")));
  await Promise.all(fleet.map(stop));
}

async function stop(one: ChildProcess): Promise<void> {
  const ended = once(one, "exit");
  one.kill("SIGTERM");
  const [code] = (await ended) as [number | null];
  if (code !== 0) throw new Error(`A process of the fleet ended with ${code}`);
}
