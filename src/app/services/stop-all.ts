import { serviceShutdownFailed } from "../errors/catalogue.ts";
import { dependentsOf } from "./graph.ts";
import type { Service } from "./service.ts";
import type { ServiceStop } from "./service-stop.ts";

/** How to stop services. */
export interface StopOptions {
  readonly reason: unknown;
  /** Aborts when the time is over: no service is waited for any longer. */
  readonly deadline: AbortSignal;
  readonly now: () => number;
}

/**
 * Ends services, each when those that depend on it have ended, all others beside it. When the
 * deadline aborts, those that were not reached are told too, and nobody is waited for any more. Never rejects.
 * @returns how each ended, in the order given
 */
export async function stopAll(
  services: readonly Service[],
  { reason, deadline, now }: StopOptions,
): Promise<ServiceStop[]> {
  const startedAtMs = now();
  const byId = new Map(services.map((service) => [service.id, service]));
  const dependents = dependentsOf(services.map(({ spec }) => spec));
  const stops = new Map<bigint, Promise<ServiceStop>>();
  const late = Promise.withResolvers<"late">();
  const onLate = (): void => late.resolve("late");
  if (deadline.aborted) onLate();
  deadline.addEventListener("abort", onLate, { once: true });

  const stop = (service: Service): Promise<ServiceStop> => {
    let stopping = stops.get(service.id);
    if (stopping === undefined) stops.set(service.id, (stopping = stopAfterDependents(service)));
    return stopping;
  };
  const stopAfterDependents = async (service: Service): Promise<ServiceStop> => {
    const others = (dependents.get(service.id) ?? []).map(({ id }) => stop(byId.get(id)!));
    const first = await Promise.race([Promise.all(others), late.promise]);
    const durationMs = now() - startedAtMs;
    const ended = await Promise.race([service.kill(reason), late.promise]);
    if (ended !== "late") return ended;
    return first === "late"
      ? unfinished(service, "unreached", durationMs)
      : unfinished(service, "hung", now() - startedAtMs);
  };
  const ended = await Promise.all(services.map(stop));
  deadline.removeEventListener("abort", onLate);
  return ended;
}

function unfinished(
  { id, name, state }: Service,
  outcome: "hung" | "unreached",
  durationMs: number,
): ServiceStop {
  if (state === "new" || state === "dead") return { id, name, outcome: "not_alive", durationMs: 0 };
  const what = outcome === "hung" ? "it did not end" : "those that depend on it did not end";
  const cause = new Error(`${what} before the app's deadline`);
  return { id, name, outcome, durationMs, error: serviceShutdownFailed(id, name, cause) };
}
