import { MetricRegistry } from "taskmon/metrics";
import { createApp, defineService, type ServiceSpec } from "taskmon/app";
import type { Group } from "../harness/contender.ts";

const SERVICES = 100;

/** Each needs the one ten places before it. */
const specs: ServiceSpec[] = [];
for (let index = 0; index < SERVICES; index++) {
  const needed = specs[index - 10];
  specs.push(
    defineService({
      id: BigInt(index + 1),
      name: `service ${index}`,
      dependsOn: needed === undefined ? [] : [needed],
      start: () => Promise.resolve(),
      stop: () => Promise.resolve(),
    }),
  );
}

export async function createGroup(): Promise<Group> {
  const started = { app: 0, bare: 0 };
  const metrics = new MetricRegistry();
  return {
    name: "start",
    note: `an operation is one service of ${SERVICES}: registered, started, alive; bare calls their start alone`,
    baseline: "bare",
    contenders: [
      {
        name: "taskmon",
        goals: [{ figure: "ns/op", atMost: 50_000 }],
        counted: async () => started.app,
        async run(count) {
          for (let left = count; left > 0; left -= SERVICES) {
            const services = specs.slice(0, Math.min(SERVICES, left));
            const app = createApp({ services, logger: { emit() {}, enabled: () => false } });
            await app.start();
            started.app += services.length;
          }
        },
      },
      {
        name: "bare",
        counted: async () => started.bare,
        async run(count) {
          for (let left = count; left > 0; left -= SERVICES) {
            const services = specs.slice(0, Math.min(SERVICES, left));
            for (const { start } of services) {
              await start?.({ metrics } as never);
              started.bare += 1;
            }
          }
        },
      },
    ],
  };
}
