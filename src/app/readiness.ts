import type { AppHealth } from "./service-health.ts";
import type { LifeState } from "./services/lifecycle.ts";
import type { Service } from "./services/service.ts";

/** The state that readiness depends on. */
export interface ReadinessSource {
  readonly state: LifeState;
  readonly services: readonly Service[];
}

/** The answer of the readiness check. */
export interface ReadinessAnswer {
  readonly status: "pass" | "fail";
  readonly message?: string;
}

/** The name of the health check that fails readiness while a service is not alive. */
const CHECK = "services";

/** Fails readiness while a service is not alive. */
export class Readiness {
  readonly #health: AppHealth | undefined;
  readonly #source: ReadinessSource;
  #registered = false;

  /** @param health undefined for an app that works alone */
  constructor(health: AppHealth | undefined, source: ReadinessSource) {
    this.#health = health;
    this.#source = source;
  }

  /** Registers the check. */
  register(): void {
    this.#registered = true;
    this.#health?.register(CHECK, () => readinessOf(this.#source), {
      groups: ["readiness"],
      intervalMs: 5_000,
    });
  }

  /** Runs the check now, because something has changed. */
  refresh(): void {
    // If the checks have already ended, readiness fails anyway.
    if (this.#registered) this.#health?.run(CHECK).catch(() => undefined);
  }
}

/** Whether the app can do its work: it is alive, and all its services are. */
export function readinessOf({ state, services }: ReadinessSource): ReadinessAnswer {
  if (state !== "alive") return { status: "fail", message: `the app is ${state}` };
  const down = services.filter((service) => service.state !== "alive");
  if (down.length === 0) return { status: "pass" };
  const message = down.map((service) => `${service.name} is ${service.state}`).join(", ");
  return { status: "fail", message };
}
