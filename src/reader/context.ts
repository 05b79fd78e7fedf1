import type { Attributes } from "@opentelemetry/api";
import type { EventSink, EventSinkProvider } from "../shared/events.ts";
import type { ViewSource } from "../sdk/views.ts";
import type { MetricProducerLike, ProducerPerReader } from "../points/producer.ts";
import type { GatePolicy, GateView, HoldReason } from "./gate.ts";
import type { OwnMetricsContext } from "./own-metrics.ts";
import type { Recovery, Silence } from "./silence.ts";

/**
 * The mode of attached readers. `on`: they export under the task number. `off`: they work as if they were not
 * attached, without our metrics. `desk` is development mode: push readers send nothing, and pull readers
 * answer under the process's own identity.
 */
export type ReaderMode = "on" | "off" | "desk";

/** The part of the lease that an attached reader uses. */
export interface ReaderLease extends GateView {
  readonly number: number | undefined;
  readonly epoch: number | undefined;
  /** The wall clock's time of the grant, in milliseconds since the Unix epoch. */
  readonly grantedAtMs: number | undefined;
  /** Aborts when the number is no longer certain. */
  readonly signal: AbortSignal;
  /** Returns the resource attributes for the number, or undefined while there is none. */
  streamAttributes(): Attributes | undefined;
  /** Returns the names of the resource attributes that must not be exported together with those. */
  volatileAttributes(): readonly string[];
  /** Returns the resource attributes for the process itself. */
  ownAttributes(): Attributes;
  /** Resolves when the running heartbeat has its outcome. */
  settled(): Promise<void>;
}

/** The context that the attached readers of one Taskmon object share. */
export interface ReaderContext extends GatePolicy, OwnMetricsContext {
  /** Additional producers from which each reader collects. @default none */
  readonly metricProducers?: readonly (MetricProducerLike | ProducerPerReader)[] | undefined;
  readonly lease: ReaderLease;
  /** The resource attributes of target and identity: the same object until they change. @default none */
  readonly target?: (() => Attributes) | undefined;
  /** The user's views, if they were passed to us. @default those of the reader's MeterProvider */
  readonly views?: ViewSource | undefined;
  /** Called at each collection and before each export. @default always `on` */
  readonly mode?: (() => ReaderMode) | undefined;
  /** Whether this is the last export, which does not wait for a number. @default never */
  readonly isLast?: (() => boolean) | undefined;
  /** Called when an export is held. */
  readonly onHeld: (reason: HoldReason) => void;
  /**
   * The time between exports, in milliseconds, for a push reader without an interval of its own.
   * @default 60000
   */
  readonly flushIntervalMs?: (() => number) | undefined;
  /** Receives the events of {@link events}. @default none */
  readonly events?: EventSink | EventSinkProvider | undefined;
  /** Called once when a reader has exported nothing successfully for five intervals. */
  readonly onSilent?: ((silence: Silence) => void) | undefined;
  /** Called when a silent reader exports successfully again. */
  readonly onRecovered?: ((recovery: Recovery) => void) | undefined;
}

/** The checked options of one attached reader. */
export interface ReaderTreatment {
  /** The reader's name, which is unique in its registry. */
  readonly name: string;
  readonly kind: "push" | "pull";
  /** Whether a pull reader answers without metrics while the number is not certain. */
  readonly hold: boolean;
  /** Whether we can see how its exports end. */
  readonly reported: boolean;
  readonly keepUpDownCounters: boolean;
  /**
   * The time between its exports or scrapes, in milliseconds. If undefined, a push reader uses the interval
   * of the context, and a pull reader is not watched.
   */
  readonly intervalMs: number | undefined;
}
