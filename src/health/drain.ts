import { type Clock, systemClock } from "../shared/clock.ts";
import { InvalidOptionError } from "../shared/errors.ts";
import { methodsOption, numberOption, optionsObject } from "../shared/options.ts";
import { createReporter } from "../shared/report.ts";
import { closeServer, Connections, type DrainableServer } from "./close-server.ts";
import type { Health } from "./health.ts";

export type { DrainableServer } from "./close-server.ts";

/** Options of {@link drainable}. */
export interface DrainOptions {
  /**
   * The time from failing readiness to closing the server, in milliseconds: as long as load balancers need to
   * notice.
   * @default 5000
   */
  readonly delayMs?: number;
  /**
   * How long open requests may then take, in milliseconds. After that, every open connection is cut,
   * including upgraded ones and HTTP/2 streams. @default 10000
   */
  readonly closeTimeoutMs?: number;
  /** The signals that begin the drain; a second signal ends the process at once. @default none */
  readonly signals?: readonly NodeJS.Signals[];
  /** Called when the server is closed: shut down here whatever the requests needed. @default nothing */
  readonly onClosed?: () => void | Promise<void>;
  /** For tests. @default the machine's clock */
  readonly clock?: Clock;
}

/** A prepared graceful shutdown of a server. */
export interface Drain extends Disposable {
  /** Begins the shutdown; resolves when it is done. Never rejects; idempotent. */
  start(): Promise<void>;
}

const KEYS: readonly (keyof DrainOptions)[] = [
  ...(["delayMs", "closeTimeoutMs", "signals", "onClosed", "clock"] as const),
];

/**
 * Prepares a graceful shutdown of `server`: readiness fails at once; `delayMs` later the server accepts no
 * more connections; open requests end; then `onClosed` is called. Until then every request is answered.
 * Call it before the server listens: it cannot cut connections that were upgraded earlier. It listens only
 * to the signals in `signals`. Disposing of it stops listening.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function drainable(health: Health, server: DrainableServer, options?: DrainOptions): Drain {
  methodsOption("drain.server", server, ["close"]);
  const given = optionsObject("drain", options, KEYS);
  const ms = (key: "delayMs" | "closeTimeoutMs", byDefault: number): number =>
    numberOption(`drain.${key}`, given[key], { min: 0, max: 86_400_000, default: byDefault });
  const delayMs = ms("delayMs", 5_000);
  const closeTimeoutMs = ms("closeTimeoutMs", 10_000);
  const signals = given.signals ?? [];
  if (!Array.isArray(signals)) throw new InvalidOptionError("drain.signals", "a list", signals);
  const clock = given.clock ?? systemClock();
  const report = createReporter("health");
  const connections = new Connections(server);

  const end = async (): Promise<void> => {
    health.startDraining();
    // This needs no keep-alive: the listening server keeps the process alive.
    await new Promise<void>((resolve) => clock.after(delayMs, resolve));
    await closeServer(server, connections, clock, closeTimeoutMs);
    try {
      await given.onClosed?.();
    } catch (error) {
      report.errorOnce("drain", "The onClosed callback of drainable() threw", error);
    }
  };
  let ending: Promise<void> | undefined;
  const start = (): Promise<void> => (ending ??= end());
  const onSignal = (): void => {
    stopListening();
    void start();
  };
  const stopListening = (): void => {
    for (const signal of signals) process.removeListener(signal, onSignal);
  };
  for (const signal of signals) process.on(signal, onSignal);
  const dispose = (): void => {
    stopListening();
    if (ending === undefined) connections.forget();
  };
  return { start, [Symbol.dispose]: dispose };
}
