import type { Attributes } from "@opentelemetry/api";
import type { EventSink, EventSinkProvider } from "../shared/events.ts";
import type { ViewSource } from "../sdk/views.ts";
import type { MetricProducerLike, ProducerPerReader } from "../points/producer.ts";
import type { GatePolicy, GateView, HoldReason } from "./gate.ts";
import type { OwnMetricsContext } from "./own-metrics.ts";
import type { Recovery, Silence } from "./silence.ts";

/**
 * How attached readers work: `on`, under the task number; `off`, as if they were not attached, without
 * our metrics; `desk`, where push readers send nothing and pull readers answer as the process itself.
 */
export type ReaderMode = "on" | "off" | "desk";

/** What an attached reader asks about the lease. */
export interface ReaderLease extends GateView {
  readonly number: number | undefined;
  readonly epoch: number | undefined;
  /** The wall clock's time at which the number was granted, in milliseconds since the Unix epoch. */
  readonly grantedAtMs: number | undefined;
  /** Aborts when the number may no longer be relied on. */
  readonly signal: AbortSignal;
  /** The resource attributes that stand for the number; undefined while there is none. */
  streamAttributes(): Attributes | undefined;
  /** The resource attributes that must not stand beside those. */
  volatileAttributes(): readonly string[];
  /** The resource attributes that stand for the process itself. */
  ownAttributes(): Attributes;
  /** Settles when the heartbeat under way has its outcome. */
  settled(): Promise<void>;
}

/** What the attached readers of one Taskmon object share. */
export interface ReaderContext extends GatePolicy, OwnMetricsContext {
  /** What else each reader collects. @default nothing */
  readonly metricProducers?: readonly (MetricProducerLike | ProducerPerReader)[] | undefined;
  readonly lease: ReaderLease;
  /** The resource attributes of target and identity: the same object until they change. @default none */
  readonly target?: (() => Attributes) | undefined;
  /** The user's views, where they were handed over. @default those of the reader's MeterProvider */
  readonly views?: ViewSource | undefined;
  /** Asked at each collection and before each export. @default always `on` */
  readonly mode?: (() => ReaderMode) | undefined;
  /** Whether all that leaves now leaves for the last time, and waits for no number. @default never */
  readonly isLast?: (() => boolean) | undefined;
  /** An export was held. */
  readonly onHeld: (reason: HoldReason) => void;
  /**
   * The time between exports, in milliseconds, of a push reader that does not say its own.
   * @default 60000
   */
  readonly flushIntervalMs?: (() => number) | undefined;
  /** Takes the events of {@link events}. @default they go nowhere */
  readonly events?: EventSink | EventSinkProvider | undefined;
  /** A reader has brought nothing through for five intervals. Once per spell. */
  readonly onSilent?: ((silence: Silence) => void) | undefined;
  /** A reader that was silent brought something through again. */
  readonly onRecovered?: ((recovery: Recovery) => void) | undefined;
}

/** How one reader is treated. */
export interface ReaderTreatment {
  /** The reader's own name, among those of its registry. */
  readonly name: string;
  readonly kind: "push" | "pull";
  /** A pull reader answers without metrics while the number is not sure. */
  readonly hold: boolean;
  /** Whether its exports report their end. */
  readonly reported: boolean;
  readonly keepUpDownCounters: boolean;
  /**
   * The time between its exports or scrapes, in milliseconds. Undefined where nobody said: of a push
   * reader the context says then, and a pull reader is not waited for.
   */
  readonly intervalMs: number | undefined;
}
