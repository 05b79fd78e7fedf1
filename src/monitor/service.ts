import type { ServiceState } from "./standing.ts";
import type { TriggerOutcome, TriggerSlot } from "./trigger.ts";

/** A remote service whose state is cached and which can guard requests. */
export interface MonitoredService {
  readonly name: string;
  readonly url: URL;
  /**
   * Whether it is up: the cached state if it is still valid, else the result of a probe, which callers share.
   * @throws MonitorProbeError `ERR_TASKMON_MONITOR_PROBE` if the probe could not run
   * @throws the signal's reason; the probe continues for other callers
   */
  status(options?: WaitOptions): Promise<boolean>;
  /**
   * The answer of {@link status} if the cached state is still valid; undefined if `status` would probe or
   * reject. Cheap enough for each request: it reads one property and one clock.
   */
  peek(): boolean | undefined;
  /**
   * Probes it now, even if the cached state is still valid. Callers share a probe that began after they asked.
   * @throws the same errors as {@link status}
   */
  reprobe(options?: WaitOptions): Promise<boolean>;
  /** Marks it as up, as a successful probe would. */
  setUp(): void;
  /**
   * Reports the outcome of a forwarded request. Report `failed` if it could not connect, was reset before an
   * answer, or was answered with 502 to 504: the state "up" is then discarded. Report nothing if the client
   * disconnected or a pooled socket was stale.
   */
  observe(evidence: "answered" | "failed"): void;
  /** Counts the decision about a request; fires no trigger. */
  count(decision: Decision): void;
  /**
   * Fires the triggers for a request: `always`, and then `onUp` or `onDown`. They run in the background: never
   * throws, never waits.
   */
  wake(reason: { readonly decision: "forwarded" | "unavailable" }): void;
  /**
   * Resolves to true once it is up; to false after `waitMs`, when the signal aborts, or when it is removed.
   * Meanwhile it is probed repeatedly, with one probe for all waiting callers, and the process is kept alive.
   * Never rejects.
   */
  waitUntilUp(options: {
    readonly waitMs: number;
    readonly signal?: AbortSignal;
  }): Promise<boolean>;
  /**
   * In how many milliseconds another try makes sense: 0 while it is up; else the expected time until it is up,
   * from earlier recoveries, but no less than the time until the next probe.
   */
  retryAfterMs(): number;
  /** Its current state, as plain data without secrets, for pages and the status. */
  view(): MonitorView;
  /** Calls `listener` at each such event. @returns a function that removes the listener */
  on<E extends keyof MonitorEvents>(
    event: E,
    listener: (detail: MonitorEvents[E]) => void,
  ): () => void;
  /**
   * Ends it: waits resolve to false, triggers and the running probe are aborted, and its metrics are removed
   * from every reader. `status` then rejects with an `UnknownServiceError`. Idempotent.
   */
  close(): void;
}

/** Cancels a call. */
export interface WaitOptions {
  readonly signal?: AbortSignal;
}

/** A guard's decision about a request. */
export type Decision = "forwarded" | "unavailable" | "error";

/** The current state of a service. Times are in milliseconds since the Unix epoch. */
export interface MonitorView {
  readonly name: string;
  /** Without user and password. */
  readonly url: string;
  readonly state: ServiceState;
  /** Since when it is in that state. */
  readonly since: number;
  /** Absent before the first probe. */
  readonly lastProbe?: ProbeView;
  /** The slots that have a trigger. */
  readonly triggers: readonly TriggerView[];
  /** The median duration of the last recoveries, from down to up. */
  readonly usualWakeMs?: number;
  /** The expected milliseconds until it is up; absent unless it is down and we can estimate it. */
  readonly expectedUpMs?: number;
}

/** The result of the last probe. */
export interface ProbeView {
  /** When it began. */
  readonly at: number;
  readonly durationMs: number;
  /** `error`: the probe could not run; `unknown`: inconclusive, because the event loop was blocked. */
  readonly outcome: "up" | "down" | "error" | "unknown";
  /** For people: why it is not up. */
  readonly error?: string;
}

/** The current state of a slot's trigger. */
export interface TriggerView {
  readonly slot: TriggerSlot;
  readonly running: boolean;
  /** How often it was fired, without the firings that were skipped because it was busy. */
  readonly fired: number;
  readonly lastOutcome?: TriggerOutcome;
  /** When the last firing ended. */
  readonly lastAt?: number;
}

/** The events of `service.on`, and what each listener gets. */
export type MonitorEvents = {
  /** The state changed. */
  readonly state: {
    readonly service: string;
    readonly from: ServiceState;
    readonly to: ServiceState;
  };
  /** A probe ended. */
  readonly probe: { readonly service: string; readonly probe: ProbeView };
  /** A firing ended or was skipped. */
  readonly trigger: {
    readonly service: string;
    readonly slot: TriggerSlot;
    readonly outcome: TriggerOutcome;
    readonly error?: Error;
  };
};
