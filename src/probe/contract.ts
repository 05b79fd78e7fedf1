import type { Clock } from "../shared/clock.ts";

/** Something remote that a probe is asked about. */
export interface Target {
  /** Names it in metrics, events and results: `api.example.org:443`. No two of one list share a name. */
  readonly name: string;
  /** A host name or an IP address. Absent where the probe needs none. */
  readonly host?: string;
  readonly port?: number;
  /** Where to connect in place of what `host` resolves to; `host` stays what TLS and HTTP are told. */
  readonly address?: string;
  /** The whole URL, where the target was given as one. */
  readonly url?: string;
  /** What its source says of it. Metrics carry only the labels that `targetLabels` names. */
  readonly labels: Readonly<Record<string, string>>;
}

/** What a probe is given beside its target. */
export interface ProbeContext {
  /** Aborts when the time is over, or nobody wants the result any more. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** When `signal` aborts, in milliseconds from the start of the run. */
  readonly timeoutMs: number;
}

/**
 * Asks one kind of question of a target. One object serves many targets, several at one time.
 * @typeParam D what its results say beyond what every probe says
 */
export interface Probe<D = unknown> {
  /** The kind, for metrics: `http`, `tcp`. Lower-case letters, digits and `_`. */
  readonly type: string;
  /** The names of its validators; the failures of each are counted from zero on. @default none */
  readonly validators?: readonly string[];
  /** The metrics of its own that its results may carry. @default none */
  readonly metrics?: readonly ProbeMetric[];
  /**
   * Refuses a target that it could never probe: one without a port, say. Called once for each target,
   * before its first run. @default every target will do
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` says what is missing
   */
  accepts?(target: Target): void;
  /**
   * Probes the target once, without retries. What it resolves with is the result; what it rejects with
   * is a failure, of the type that {@link ProbeError} says. It settles soon after `signal` aborts, and
   * leaves no socket, timer, listener or process behind, unless it keeps them on purpose until `close`.
   */
  run(target: Target, context: ProbeContext): Promise<ProbeResult<D>>;
  /**
   * Lets go of what it keeps for a target (a connection, a child process), or for all of them where
   * none is named. It may run again afterwards. @default nothing is kept
   */
  close?(target?: Target): void | Promise<void>;
}

/** The parts of a run that take time, in their order. Names of `health.probe.phase`. */
export type ProbePhase = "dns" | "connect" | "tls" | "write" | "first_byte" | "transfer";

/** The phases, in their order. */
export const PROBE_PHASES: readonly ProbePhase[] = [
  ...(["dns", "connect", "tls", "write", "first_byte", "transfer"] as const),
];

/** What one run found. */
export interface ProbeResult<D = unknown> {
  /** Whether the target did all that was asked of it: it answered, and every validator passed. */
  readonly success: boolean;
  /** How long the target took, in milliseconds. @default how long the run took */
  readonly latencyMs?: number;
  /** How long each phase took, in milliseconds; redirects add to the same phases. */
  readonly phasesMs?: Readonly<Partial<Record<ProbePhase, number>>>;
  /** Why it is not a success; a {@link ProbeError} says of which type. */
  readonly error?: Error;
  /** What each validator said, where it came to that. */
  readonly validations?: readonly Validation[];
  /** The status code of the last response, for `health.probe.responses`. */
  readonly statusCode?: number;
  /** When the target's certificates expire, in milliseconds since the Unix epoch. */
  readonly certificate?: {
    /** The target's own certificate. */
    readonly leafNotAfterMs: number;
    /** The first of the whole chain to expire. @default not known */
    readonly chainNotAfterMs?: number;
  };
  /** Measurements of the metrics that the probe declares in {@link Probe.metrics}. */
  readonly metrics?: readonly ProbeMeasurement[];
  /** The rest of what was found; typed by the probe, for callers and for `/probe`. */
  readonly details?: D;
}

/** What one validator said of one run. */
export interface Validation {
  readonly name: string;
  readonly passed: boolean;
  /** For people: why it did not pass. */
  readonly reason?: string;
}

/** A metric of a probe's own. It carries the target's attributes, and `labels`. */
export interface ProbeMetric {
  /** The OpenTelemetry name: `shop.queue.length`. */
  readonly name: string;
  /** A counter's measurements are added up, a histogram's are sorted into buckets, a gauge's replace. */
  readonly kind: "counter" | "gauge" | "histogram";
  /** One sentence for people. @default the name */
  readonly help?: string;
  /** A UCUM code: `s`, `By`, `{message}`. @default `1` */
  readonly unit?: string;
  /** Labels that its measurements carry. @default none */
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

/** What a validator looks at. A field is absent where the probe has nothing of the kind. */
export interface Observation {
  readonly statusCode?: number;
  /** Of HTTP: `1.1`, `2.0`. */
  readonly httpVersion?: string;
  /** By lower-case name; several values of one header are joined by `, `. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What the target answered, no longer than the probe's limit. */
  readonly body?: Uint8Array;
  /** Whether the body was longer than the limit, and is cut. */
  readonly bodyTruncated?: boolean;
  readonly latencyMs: number;
  readonly certificate?: ProbeResult["certificate"];
}

/** Judges what a target answered. */
export interface Validator {
  /** Names it in metrics and messages; no two of one probe share a name. */
  readonly name: string;
  /**
   * Returns nothing where the answer is right, or says for people what is wrong with it. A validator that
   * throws has failed too; nothing that it does makes a pass of an error.
   */
  validate(
    observation: Observation,
    context: ProbeContext,
  ): string | undefined | void | Promise<string | undefined | void>;
}
