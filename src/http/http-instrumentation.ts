import type { MeterProvider, TracerProvider } from "@opentelemetry/api";
import { booleanOption, optionsObject } from "../shared/options.ts";
import { VERSION } from "../shared/version.ts";
import type { HttpTelemetry } from "./telemetry.ts";
import type { RequestObserver } from "./observer.ts";
import { claim, type Claimant, type Observed, release } from "./process-observation.ts";

/** What can be changed while the program runs. */
export interface HttpMetricsConfig {
  /** Whether requests are observed. @default true */
  readonly enabled?: boolean;
}

/** OpenTelemetry's `Instrumentation` interface over observers of requests. */
export class HttpInstrumentation {
  readonly instrumentationName: string;
  readonly instrumentationVersion: string = VERSION;
  readonly #option: string;
  readonly #telemetry: HttpTelemetry;
  readonly #sides: readonly Side[];
  #enabled = false;

  /** @param option how the caller's options are named in errors */
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
   * Observes the requests that start from now on. A process is observed once: while another
   * instrumentation of ours does so, this one waits for its end. Idempotent.
   */
  enable(): void {
    this.#enabled = true;
    for (const side of this.#sides) side.start();
  }

  /**
   * Ends the observation and takes every listener of ours away. Requests in flight are not counted;
   * what was counted stays in the provider. Idempotent.
   */
  disable(): void {
    this.#enabled = false;
    for (const side of this.#sides) side.stop();
  }

  /** Brings the metrics to `provider`, unless they are in a registry that the caller gave. */
  setMeterProvider(provider: MeterProvider): void {
    this.#telemetry.bind(provider);
  }

  /** Does nothing: there are no spans. */
  setTracerProvider(_provider: TracerProvider): void {}

  /**
   * Turns the observation on or off.
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
   */
  setConfig(config: HttpMetricsConfig): void {
    const given = optionsObject(this.#option, config, ["enabled"]);
    if (booleanOption(`${this.#option}.enabled`, given.enabled, true)) this.enable();
    else this.disable();
  }

  /** What is in force now. */
  getConfig(): { enabled: boolean } {
    return { enabled: this.#enabled };
  }
}

/** The observers of one side, which observe as one. */
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
