import { AppError } from "../errors/app-error.ts";
import { serviceNotAvailable } from "../errors/catalogue.ts";
import { criticalPath, inOrder } from "./graph.ts";
import type { Service } from "./service.ts";

/** How long something took. */
export interface Timed {
  readonly name: string;
  readonly durationMs: number;
}

/** The result of an app's start. */
export interface StartReport {
  readonly durationMs: number;
  /** The chain of services that determined the duration: each waited for the previous one. */
  readonly criticalPath: readonly Timed[];
  /** Every service, in the order in which they may begin. */
  readonly services: readonly Timed[];
}

/**
 * Starts services, each as soon as those that it depends on are alive, all others beside it. When one
 * fails, no further one begins, and those that are starting are called off.
 *
 * Rejects with the first failure, when none is starting any more.
 * @param services in an order in which each comes after those it depends on
 */
export async function startAll(
  services: readonly Service[],
  now: () => number,
): Promise<StartReport> {
  const startedAtMs = now();
  const durations = new Map<bigint, number>();
  const starts = new Map<bigint, Promise<boolean>>();
  let failure: AppError | undefined;

  /** @returns whether it is alive */
  const start = async (service: Service): Promise<boolean> => {
    const needed = await Promise.all(service.spec.dependsOn.map((id) => starts.get(id)!));
    if (failure !== undefined || !needed.every(Boolean)) return false;
    const beganAtMs = now();
    try {
      await service.start();
      durations.set(service.id, now() - beganAtMs);
      return true;
    } catch (error) {
      if (failure !== undefined) return false;
      failure = error instanceof AppError ? error : serviceNotAvailable(service.id, service.name);
      for (const other of services) if (other.state === "starting") void other.kill(failure);
      return false;
    }
  };
  for (const service of services) starts.set(service.id, start(service));
  await Promise.all(starts.values());
  if (failure !== undefined) throw failure;

  const durationMs = (id: bigint): number => durations.get(id) ?? 0;
  const timed = ({ id, name }: Pick<Service, "id" | "name">): Timed => ({
    name,
    durationMs: durationMs(id),
  });
  const { path } = criticalPath(
    services.map(({ spec }) => spec),
    ({ id }) => durationMs(id),
  );
  return {
    durationMs: now() - startedAtMs,
    criticalPath: path.map(timed),
    services: services.map(timed),
  };
}

/**
 * Starts a service of an app that is alive already, when those that it depends on are alive.
 *
 * Rejects with what speaks against its start, and has ended it then.
 * @param services all of them, this one too
 */
export async function startLate(service: Service, services: readonly Service[]): Promise<void> {
  try {
    inOrder(services.map(({ spec }) => spec));
    const needed = new Set(service.spec.dependsOn);
    await Promise.all(services.filter(({ id }) => needed.has(id)).map(({ alive }) => alive));
    await service.start();
  } catch (error) {
    await service.kill(error);
    throw error;
  }
}
