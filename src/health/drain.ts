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
   * From the moment when readiness fails to the closing of the server, in milliseconds: as long as
   * balancers take to notice.
   * @default 5000
   */
  readonly delayMs?: number;
  /**
   * How long requests under way may then take, in milliseconds. Every connection that is open then is cut
   * off: those too that were upgraded, and streams of HTTP/2. @default 10000
   */
  readonly closeTimeoutMs?: number;
  /** What begins the end; a second one then ends the process as if nobody listened. @default none */
  readonly signals?: readonly NodeJS.Signals[];
  /** Called when the server is closed: the place to shut down what requests need. @default nothing */
  readonly onClosed?: () => void | Promise<void>;
  /** For tests. @default the machine's clock */
  readonly clock?: Clock;
}

/** The orderly end of a server, prepared. */
export interface Drain extends Disposable {
  /** Begins the end; resolves when it is done. Never rejects; idempotent. */
  start(): Promise<void>;
}

const KEYS: readonly (keyof DrainOptions)[] = [
  ...(["delayMs", "closeTimeoutMs", "signals", "onClosed", "clock"] as const),
];

/**
 * Prepares the orderly end of `server`: readiness fails at once, `delayMs` later the server takes no
 * more connections, requests under way end, then `onClosed` is called. Meanwhile everything is
 * answered. Call it before the server listens: connections that were upgraded before it cannot be cut off.
 * No signal is listened to unless `signals` names it. Disposing of it stops listening.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function drainable(health: Health, server: DrainableServer, options?: DrainOptions): Drain {
  methodsOption("server", server, ["close"]);
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
    // Not forgotten meanwhile: a listening server keeps the process alive.
    await new Promise<void>((resolve) => clock.after(delayMs, resolve));
    await closeServer(server, connections, clock, closeTimeoutMs);
    try {
      await given.onClosed?.();
    } catch (error) {
      report.errorOnce("drain", "What follows the end of the server failed", error);
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
