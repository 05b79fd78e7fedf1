import type { MeterProvider } from "@opentelemetry/api";
import { createReporter } from "../shared/report.ts";

/** The parts of OpenTelemetry's `RuntimeNodeInstrumentation` that we use. */
export interface NodeInstrumentation {
  setMeterProvider(provider: MeterProvider): void;
  enable(): void;
  disable(): void;
}

/** Runs OpenTelemetry's runtime instrumentation instead of ours, and passes the MeterProvider to it. */
export class PassedInstrumentation {
  readonly #instrumentation: NodeInstrumentation;
  readonly #report = createReporter("runtime");
  #given: MeterProvider | undefined;

  constructor(instrumentation: NodeInstrumentation) {
    this.#instrumentation = instrumentation;
  }

  /** Passing a provider twice would create every instrument twice. */
  setMeterProvider(provider: MeterProvider): void {
    if (provider === this.#given) return;
    this.#given = provider;
    this.#guard(() => this.#instrumentation.setMeterProvider(provider));
  }

  enable(): void {
    this.#guard(() => this.#instrumentation.enable());
  }

  disable(): void {
    this.#guard(() => this.#instrumentation.disable());
  }

  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#report.warnOnce("call", "The runtime instrumentation failed", error);
    }
  }
}
