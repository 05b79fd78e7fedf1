import type { MeterProvider } from "@opentelemetry/api";
import { messageOf } from "../shared/errors.ts";
import { createReporter } from "../shared/report.ts";

/** What is used of OpenTelemetry's `RuntimeNodeInstrumentation`. */
export interface NodeInstrumentation {
  setMeterProvider(provider: MeterProvider): void;
  enable(): void;
  disable(): void;
}

/** Finds OpenTelemetry's instrumentation of the runtime. */
export type LoadNodeInstrumentation = () => Promise<NodeInstrumentation>;

const PACKAGE = "@opentelemetry/instrumentation-runtime-node";

/**
 * The metrics of V8 and the event loop, as OpenTelemetry's own instrumentation makes them where it is
 * installed. Where it is not, one `diag` warning says so, and there are none.
 */
export class RuntimeInstrumentation {
  readonly #load: LoadNodeInstrumentation;
  readonly #report = createReporter("runtime");
  #loading: Promise<void> | undefined;
  #instrumentation: NodeInstrumentation | undefined;
  #provider: MeterProvider | undefined;
  #given: MeterProvider | undefined;
  #enabled: boolean;

  /** Does nothing yet. @param load for tests */
  constructor(load: LoadNodeInstrumentation = loadNodeInstrumentation, enabled = true) {
    this.#load = load;
    this.#enabled = enabled;
  }

  /** Lets the metrics reach `provider`. The first call while it is enabled loads the instrumentation. */
  setMeterProvider(provider: MeterProvider): void {
    this.#provider = provider;
    if (this.#enabled) this.#loading ??= this.#begin();
    this.#apply();
  }

  /** Measures, also after {@link disable}. */
  enable(): void {
    this.#enabled = true;
    if (this.#provider !== undefined) this.#loading ??= this.#begin();
    this.#guard(() => this.#instrumentation?.enable());
  }

  /** Measures nothing until {@link enable}. */
  disable(): void {
    this.#enabled = false;
    this.#guard(() => this.#instrumentation?.disable());
  }

  /** Settles when the instrumentation is at work, or it is known that it is not there. Never rejects. */
  async ready(): Promise<void> {
    await this.#loading;
  }

  async #begin(): Promise<void> {
    try {
      this.#instrumentation = await this.#load();
    } catch (error) {
      this.#report.warnOnce("load", explain(error));
      return;
    }
    if (!this.#enabled) this.disable();
    this.#apply();
  }

  /** A provider given twice would get every instrument twice. */
  #apply(): void {
    const provider = this.#provider;
    if (this.#instrumentation === undefined || provider === this.#given) return;
    this.#given = provider;
    this.#guard(() => this.#instrumentation!.setMeterProvider(provider!));
  }

  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#report.warnOnce("call", `${PACKAGE} failed`, error);
    }
  }
}

/** Finds OpenTelemetry's own, where it is installed. */
export async function loadNodeInstrumentation(): Promise<NodeInstrumentation> {
  // Optional, so it is imported by a name that the compiler does not follow.
  const { RuntimeNodeInstrumentation } = (await import(PACKAGE)) as {
    readonly RuntimeNodeInstrumentation: new () => NodeInstrumentation;
  };
  return new RuntimeNodeInstrumentation();
}

function explain(error: unknown): string {
  const missing =
    error instanceof Error &&
    "code" in error &&
    error.code === "ERR_MODULE_NOT_FOUND" &&
    error.message.includes(PACKAGE);
  return missing
    ? `Metrics of V8 and the event loop need ${PACKAGE}; npm install it, or leave out runtime: true`
    : `${PACKAGE} cannot be loaded, so there are no metrics of V8 and the event loop: ${messageOf(error)}`;
}
