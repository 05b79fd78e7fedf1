import type { MeterProvider, TracerProvider } from "@opentelemetry/api";
import { booleanOption, optionsObject } from "../shared/options.ts";
import { VERSION } from "../shared/version.ts";
import type { HttpTelemetry } from "./telemetry.ts";
import type { RequestObserver } from "./observer.ts";
import { claim, type Claimant, type Observed, release } from "./process-observation.ts";

/** The options that you can change while the program runs. */
export interface HttpMetricsConfig {
  /** Whether requests are observed. @default true */
  readonly enabled?: boolean;
}

/** An OpenTelemetry `Instrumentation` that runs observers of requests. */
export class HttpInstrumentation {
  readonly instrumentationName: string;
  readonly instrumentationVersion: string = VERSION;
  readonly #option: string;
  readonly #telemetry: HttpTelemetry;
  readonly #sides: readonly Side[];
  #enabled = false;

  /** @param option the name of the options in errors */
  constructor(
    name: string,
    option: string,
    enabled: boolean | undefined,
    telemetry: HttpTelemetry,
    observers: Readonly<Partial<Record<Observed, readonly RequestObserver[]>>>,
  ) {
    this.instrumentationName = name;
    this.#option = option;
    this.#telemetry = telemetry;
    this.#sides = Object.entries(observers).map(
      ([observed, followers]) => new Side(observed as Observed, followers),
    );
    if (booleanOption(`${option}.enabled`, enabled, true)) this.enable();
  }

  /**
   * Observes the requests that start from now on. A process is observed only once: if another instrumentation
   * of ours already observes it, this one waits until that one is disabled. Idempotent.
   */
  enable(): void {
    this.#enabled = true;
    for (const side of this.#sides) side.start();
  }

  /**
   * Stops observing and removes all our listeners. Requests in progress are not recorded; earlier requests
   * stay in the provider. Idempotent.
   */
  disable(): void {
    this.#enabled = false;
    for (const side of this.#sides) side.stop();
  }

  /** Exports the metrics through `provider`, unless the caller passed a registry. */
  setMeterProvider(provider: MeterProvider): void {
    this.#telemetry.bind(provider);
  }

  /** Does nothing: there are no spans. */
  setTracerProvider(_provider: TracerProvider): void {}

  /**
   * Turns the instrumentation on or off.
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
   */
  setConfig(config: HttpMetricsConfig): void {
    const given = optionsObject(this.#option, config, ["enabled"]);
    if (booleanOption(`${this.#option}.enabled`, given.enabled, true)) this.enable();
    else this.disable();
  }

  /** Returns the current options. */
  getConfig(): { enabled: boolean } {
    return { enabled: this.#enabled };
  }
}

/** The observers of one side, which start and stop together. */
class Side implements Claimant {
  readonly #observed: Observed;
  readonly #observers: readonly RequestObserver[];

  constructor(observed: Observed, observers: readonly RequestObserver[]) {
    this.#observed = observed;
    this.#observers = observers;
  }

  start(): void {
    claim(this.#observed, this);
  }

  begin(): void {
    for (const observer of this.#observers) observer.start();
  }

  stop(): void {
    for (const observer of this.#observers) observer.stop();
    release(this.#observed, this);
  }
}
