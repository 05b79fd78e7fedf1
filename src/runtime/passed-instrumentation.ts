import type { MeterProvider } from "@opentelemetry/api";
import { createReporter } from "../shared/report.ts";

/** What is used of OpenTelemetry's `RuntimeNodeInstrumentation`. */
export interface NodeInstrumentation {
  setMeterProvider(provider: MeterProvider): void;
  enable(): void;
  disable(): void;
}

/** OpenTelemetry's instrumentation of the runtime, for those who prefer it: gives it the MeterProvider. */
export class PassedInstrumentation {
  readonly #instrumentation: NodeInstrumentation;
  readonly #report = createReporter("runtime");
  #given: MeterProvider | undefined;

  constructor(instrumentation: NodeInstrumentation) {
    this.#instrumentation = instrumentation;
  }

  /** A provider given twice would get every instrument twice. */
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
