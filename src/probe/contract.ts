import type { Clock } from "../shared/clock.ts";

/** A remote target of a probe. */
export interface Target {
  /** Its name in metrics, events and results: `api.example.org:443`; unique in a list of targets. */
  readonly name: string;
  /** A host name or an IP address. Absent if the probe needs none. */
  readonly host?: string;
  readonly port?: number;
  /** The address to connect to instead of resolving `host`; TLS and HTTP still use `host`. */
  readonly address?: string;
  /** The whole URL, if the target was given as a URL. */
  readonly url?: string;
  /** Labels from its source. Metrics have only the labels that `targetLabels` names. */
  readonly labels: Readonly<Record<string, string>>;
}

/** What a probe gets in addition to its target. */
export interface ProbeContext {
  /** Aborts at the time limit, or when nobody needs the result any more. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** When `signal` aborts, in milliseconds from the start of the run. */
  readonly timeoutMs: number;
}

/**
 * Checks targets in one way. One object serves many targets, several at a time.
 * @typeParam D the additional details in its results
 */
export interface Probe<D = unknown> {
  /** The kind, for metrics: `http`, `tcp`. Lower-case letters, digits and `_`. */
  readonly type: string;
  /** The names of its validators. The failures of each are counted, starting from zero. @default none */
  readonly validators?: readonly string[];
  /** The additional metrics that its results may contain. @default none */
  readonly metrics?: readonly ProbeMetric[];
  /**
   * Throws for a target that it could never probe, for example one without a port. Called once per target,
   * before its first run. @default accepts every target
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` says what is missing
   */
  accepts?(target: Target): void;
  /**
   * Probes the target once, without retries. It resolves to the result, or rejects with the failure; a
   * {@link ProbeError} gives its type. It settles soon after `signal` aborts, and leaves no socket, timer,
   * listener or process behind, unless it keeps them on purpose until `close`.
   */
  run(target: Target, context: ProbeContext): Promise<ProbeResult<D>>;
  /**
   * Releases what it keeps for a target (a connection, a child process), or for all targets if `target` is
   * undefined. It may run again afterwards. @default nothing is kept
   */
  close?(target?: Target): void | Promise<void>;
}

/** The phases of a run, in order: the values of `health.probe.phase`. */
export type ProbePhase = "dns" | "connect" | "tls" | "write" | "first_byte" | "transfer";

/** The phases, in their order. */
export const PROBE_PHASES: readonly ProbePhase[] = [
  ...(["dns", "connect", "tls", "write", "first_byte", "transfer"] as const),
];

/** The result of one run. */
export interface ProbeResult<D = unknown> {
  /** Whether the target answered, and every validator passed. */
  readonly success: boolean;
  /** How long the target took, in milliseconds. @default how long the run took */
  readonly latencyMs?: number;
  /** How long each phase took, in milliseconds; redirects add to the same phases. */
  readonly phasesMs?: Readonly<Partial<Record<ProbePhase, number>>>;
  /** Why it is not a success; a {@link ProbeError} gives the type. */
  readonly error?: Error;
  /** The result of each validator; absent if the run failed before validation. */
  readonly validations?: readonly Validation[];
  /** The status code of the last response, for `health.probe.responses`. */
  readonly statusCode?: number;
  /** When the target's certificates expire, in milliseconds since the Unix epoch. */
  readonly certificate?: {
    /** The target's own certificate. */
    readonly leafNotAfterMs: number;
    /** The earliest expiry in the whole chain. @default not known */
    readonly chainNotAfterMs?: number;
  };
  /** Measurements of the metrics that the probe declares in {@link Probe.metrics}. */
  readonly metrics?: readonly ProbeMeasurement[];
  /** Further findings; typed by the probe, for callers and for `/probe`. */
  readonly details?: D;
}

/** The verdict of one validator on one run. */
export interface Validation {
  readonly name: string;
  readonly passed: boolean;
  /** For people: why it did not pass. */
  readonly reason?: string;
}

/** An additional metric of a probe. It has the target's attributes and `labels`. */
export interface ProbeMetric {
  /** The OpenTelemetry name: `shop.queue.length`. */
  readonly name: string;
  /** A counter adds up its measurements, a histogram sorts them into buckets, a gauge keeps the last one. */
  readonly kind: "counter" | "gauge" | "histogram";
  /** One sentence for people. @default the name */
  readonly help?: string;
  /** A UCUM code: `s`, `By`, `{message}`. @default `1` */
  readonly unit?: string;
  /** The labels of its measurements. @default none */
  readonly labels?: readonly string[];
  /** A histogram's upper bounds, inclusive and increasing. @default those of latencies, in seconds */
  readonly buckets?: readonly number[];
}

/** One measurement of a metric that the probe declares. */
export interface ProbeMeasurement {
  readonly name: string;
  readonly value: number;
  /** Exactly the declared labels. @default none */
  readonly labels?: Readonly<Record<string, string>>;
}

/** What a validator checks. A field is absent if the probe has no such value. */
export interface Observation {
  readonly statusCode?: number;
  /** The HTTP version: `1.1`, `2.0`. */
  readonly httpVersion?: string;
  /** By lower-case name; several values of one header are joined by `, `. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body of the answer, up to the probe's limit. */
  readonly body?: Uint8Array;
  /** Whether the body was longer than the limit and was cut. */
  readonly bodyTruncated?: boolean;
  readonly latencyMs: number;
  readonly certificate?: ProbeResult["certificate"];
}

/** Checks the answer of a target. */
export interface Validator {
  /** Its name in metrics and messages; unique in a probe. */
  readonly name: string;
  /**
   * Returns nothing if the answer is valid, or a sentence that describes the problem. A validator that
   * throws has failed.
   */
  validate(
    observation: Observation,
    context: ProbeContext,
  ): string | undefined | void | Promise<string | undefined | void>;
}
