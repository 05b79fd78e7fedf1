// `npm run demo`: see README.md beside this folder for what it shows, and for the lines of `--json`.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { LeaseOptions } from "taskmon";
import type { Happening } from "./events.ts";
import { Fleet } from "./fleet.ts";
import { type Receiver, startReceiver } from "./receiver.ts";
import { Scene } from "./scene.ts";
import { tellStory } from "./story.ts";
import { viewFor } from "./views.ts";

/**
 * A lease that is short enough to see it end. Only three numbers, so that a newcomer has to wait for
 * the one of the process that was killed; a service would leave that out, and the newcomer would take
 * number 3.
 */
const LEASE = {
  leaseMs: 5_000,
  heartbeatMs: 1_000,
  requestTimeoutMs: 800,
  exportTimeoutMs: 500,
  graceMs: 800,
  quarantineMs: 500,
  maxTasks: 3,
} satisfies LeaseOptions;

const leaving = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => leaving.abort(signal));
}
// Who reads our lines may stop reading: `npm run demo | head`.
process.stdout.on("error", () => leaving.abort("output closed"));

try {
  const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
  await perform(values.json);
} catch (error) {
  console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function perform(json: boolean): Promise<void> {
  const startedAt = performance.now();
  const now = (): number => Math.round(performance.now() - startedAt);
  const scene = new Scene();
  const view = viewFor(process.stdout, json, scene, now);
  const emit = (happening: Happening): void => {
    const event = { atMs: now(), ...happening };
    scene.apply(event);
    view.show(event);
  };
  const folder = mkdtempSync(join(tmpdir(), "taskmon-demo-"));
  let receiver: Receiver | undefined;
  let fleet: Fleet | undefined;
  try {
    receiver = await startReceiver((received) => emit({ event: "exported", ...received }));
    const otlpUrl = receiver.url;
    emit({ event: "opened", folder, otlpUrl, leaseMs: LEASE.leaseMs });
    fleet = new Fleet({ folder, otlpUrl, lease: LEASE, emit, now });
    await tellStory({ fleet, scene, emit, signal: leaving.signal });
  } catch (error) {
    if (!leaving.signal.aborted) throw error;
  } finally {
    await fleet?.endAll();
    await receiver?.close();
    rmSync(folder, { recursive: true, force: true });
    emit({ event: "cleaned", interrupted: leaving.signal.aborted });
    view.end();
  }
}
