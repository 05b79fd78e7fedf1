import type { MeterProvider } from "@opentelemetry/api";
import { systemClock } from "../shared/clock.ts";
import type { Environment } from "../shared/environment.ts";
import { repeat } from "../shared/repeat.ts";
import type { ShutdownSdk } from "../shutdown/index.ts";
import type { Taskmon } from "../taskmon/taskmon.ts";
import { giveWay, watchRegistrations } from "./api.ts";
import { logToConsole, type StartReport } from "./console.ts";
import { HealthServer, Scrape } from "./endpoints.ts";
import { endWithProcess, takeSdkListeners } from "./ending.ts";
import { hasAutoInstrumentations, registeredProvider, startSdk, wantsSdk } from "./start-sdk.ts";
import type { Values } from "./variables.ts";

/** How often a MeterProvider is looked for which a copy of the API registered that is not watched. */
const LOOK_MS = 5_000;
const NO_SDK =
  "Nothing is exported, since @opentelemetry/sdk-node is not installed: npm install @opentelemetry/sdk-node";

/** Brings a Taskmon object together with an SDK, the endpoints and the end of this process. */
export function wire(
  taskmon: Taskmon,
  values: Values,
  env: Environment,
  report: StartReport,
): void {
  const { TASKMON_SDK: mode = "auto", TASKMON_SHUTDOWN_TIMEOUT_MS: timeoutMs } = values;
  const scrape = values.TASKMON_SCRAPE_PORT === undefined ? undefined : new Scrape();
  let sdk: ShutdownSdk | undefined;
  let bound: MeterProvider | undefined;
  const bind = (provider: MeterProvider | undefined): void => {
    if (provider === undefined || provider === bound) return;
    bound = provider;
    const before = scrape?.show(provider);
    taskmon.setMeterProvider(provider);
    // Only now: with its last reader a Taskmon object ends.
    void before?.shutdown().catch(() => undefined);
  };

  if (mode === "start" || (mode === "auto" && wantsSdk(env))) {
    sdk = startSdk(env, scrape?.reader);
    if (sdk === undefined) report.warnOnce("sdk", NO_SDK);
    logToConsole(env);
  }
  const givesWay = sdk === undefined ? undefined : giveWay();
  bind(registeredProvider());
  if (bound === undefined && scrape !== undefined) taskmon.attach(scrape.reader);
  taskmon.start();

  watchRegistrations({
    ...(givesWay !== undefined && { onBefore: givesWay }),
    onMeterProvider(provider) {
      const own = sdk;
      sdk = undefined;
      bind(provider);
      void own?.shutdown().catch(() => undefined);
    },
  });
  repeat(systemClock(), async () => (bind(registeredProvider()), LOOK_MS), LOOK_MS);

  scrape?.listen(values);
  const health = HealthServer.of(taskmon, values, report);
  let others: readonly (() => unknown)[] = [];
  if (hasAutoInstrumentations(env)) setImmediate(() => (others = takeSdkListeners()));
  endWithProcess(taskmon, timeoutMs, async (timeoutMillis) => {
    const ends = [sdk?.shutdown({ timeoutMillis }), scrape?.stop(), health?.stop()];
    await Promise.all([...ends, ...others.map((end) => end())]);
  });
}
