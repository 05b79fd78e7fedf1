import type { ServiceState } from "./standing.ts";
import type { TriggerOutcome, TriggerSlot } from "./trigger.ts";

/** What a monitor knows of one service, and what it does with that. */
export interface MonitoredService {
  readonly name: string;
  readonly url: URL;
  /**
   * Whether it is up: by what is known where that still holds, else by a probe, which callers share.
   * @throws MonitorProbeError `ERR_TASKMON_MONITOR_PROBE` if the probe could not run
   * @throws the signal's reason; the probe goes on for the others
   */
  status(options?: WaitOptions): Promise<boolean>;
  /**
   * What {@link status} would answer without any work; undefined where it would probe, or reject. False
   * within the floor after a down only. For each request: it reads one property and one clock.
   */
  peek(): boolean | undefined;
  /**
   * Probes it now, whatever is known. Callers share a probe that began after they asked.
   * @throws as {@link status}
   */
  reprobe(options?: WaitOptions): Promise<boolean>;
  /** Says that it is up: counts as a probe that found so, until the next. */
  setUp(): void;
  /**
   * What a forward came to. `failed` is for one that could not connect, was reset before an answer, or was
   * answered 502 to 504: an up lapses. A client that went away, or a stale pooled socket, is no evidence.
   */
  observe(evidence: "answered" | "failed"): void;
  /** Counts what was decided about a request; fires nothing. */
  count(decision: Decision): void;
  /**
   * Fires what belongs to a request in this state: `always`, and then `onUp` or `onDown`. Beside the
   * request: never throws, never waits.
   */
  wake(reason: { readonly decision: "forwarded" | "unavailable" }): void;
  /**
   * Resolves true once it is up, false after `waitMs`, when the signal aborts, or when it is removed.
   * Meanwhile it is probed again and again, one probe for all who wait, and the process is kept alive. Never
   * rejects.
   */
  waitUntilUp(options: {
    readonly waitMs: number;
    readonly signal?: AbortSignal;
  }): Promise<boolean>;
  /**
   * In how many milliseconds another try makes sense: 0 while it is up, else when it is expected up by how
   * long that took before, and no earlier than the next probe.
   */
  retryAfterMs(): number;
  /** How it stands, as plain data without secrets: for pages and the status. */
  view(): MonitorView;
  /** Calls `listener` at each such event. @returns a function that ends it */
  on<E extends keyof MonitorEvents>(
    event: E,
    listener: (detail: MonitorEvents[E]) => void,
  ): () => void;
  /**
   * Ends it: waits end with false, triggers and the probe under way are aborted, its metrics leave every
   * reader. What asks for its status then gets an `UnknownServiceError`. Idempotent.
   */
  close(): void;
}

/** How to cancel a call. */
export interface WaitOptions {
  readonly signal?: AbortSignal;
}

/** What a guard decided about a request. */
export type Decision = "forwarded" | "unavailable" | "error";

/** How a service stands. Times are in milliseconds since the Unix epoch. */
export interface MonitorView {
  readonly name: string;
  /** Without user and password. */
  readonly url: string;
  readonly state: ServiceState;
  /** Since when it is in that state. */
  readonly since: number;
  /** Absent before the first. */
  readonly lastProbe?: ProbeView;
  /** The slots that have a trigger. */
  readonly triggers: readonly TriggerView[];
  /** How long it took from down to up before, as a median. */
  readonly usualWakeMs?: number;
  /** In how long it is expected up, while it is down and that is known. */
  readonly expectedUpMs?: number;
}

/** What the last probe found. */
export interface ProbeView {
  /** When it began. */
  readonly at: number;
  readonly durationMs: number;
  /** `error` could not be made; `unknown` proves nothing, because the event loop stood still. */
  readonly outcome: "up" | "down" | "error" | "unknown";
  /** For people: why it is not up. */
  readonly error?: string;
}

/** How the trigger of a slot stands. */
export interface TriggerView {
  readonly slot: TriggerSlot;
  readonly running: boolean;
  /** How often it was fired, without those that found it busy. */
  readonly fired: number;
  readonly lastOutcome?: TriggerOutcome;
  /** When the last firing ended. */
  readonly lastAt?: number;
}

/** What `service.on` can follow, and what each listener is given. */
export type MonitorEvents = {
  /** It has another state. */
  readonly state: {
    readonly service: string;
    readonly from: ServiceState;
    readonly to: ServiceState;
  };
  /** A probe ended. */
  readonly probe: { readonly service: string; readonly probe: ProbeView };
  /** A firing ended, or did not begin. */
  readonly trigger: {
    readonly service: string;
    readonly slot: TriggerSlot;
    readonly outcome: TriggerOutcome;
    readonly error?: Error;
  };
};
