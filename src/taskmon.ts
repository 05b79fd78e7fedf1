import type { MeterProvider } from "@opentelemetry/api";
import { HttpMetricsInstrumentation, type HttpMetricsOptions } from "./http/index.ts";
import { type IdentityOptions, type Identity, resolveIdentity } from "./identity/identity.ts";
import { InstrumentsDelivery } from "./metrics/instruments.ts";
import { MetricRegistry } from "./metrics/registry.ts";
import { type AttachOptions, attachReader } from "./reader/attach.ts";
import { readerMetrics } from "./reader/metrics.ts";
import type { AttachableReader } from "./reader/types.ts";
import { type Clock, systemClock } from "./shared/clock.ts";
import { booleanOption, methodsOption, optionsObject } from "./shared/options.ts";
import { createReporter } from "./shared/report.ts";
import { withTimeout } from "./shared/timeout.ts";
import { VERSION } from "./shared/version.ts";
import type { TaskNumAllocator } from "./task/allocator.ts";
import { sqliteAllocator } from "./task/allocators/sqlite.ts";
import { claimTarget } from "./task/claim.ts";
import { type TaskResourceDetector, resourceDetector } from "./task/detector.ts";
import { leaseMetrics } from "./task/metrics.ts";
import { type LeaseOptions, type LeasePolicy, leasePolicy } from "./task/policy.ts";
import { type TargetOptions, resolveTarget, targetKey } from "./task/target.ts";
import { Task } from "./task/task.ts";

/** Options of {@link createTaskmon}. */
export interface TaskmonOptions {
  /** What this process is one of. @default from the OpenTelemetry environment variables */
  readonly target?: TargetOptions;
  /** Which app, in which release. @default from the environment, then zero */
  readonly identity?: IdentityOptions;
  /** The process's own unique id. @default a random UUID, as it should be */
  readonly instanceId?: string;
  /** Who gives task numbers. The caller's to share. @default `sqliteAllocator()`: one file on this host */
  readonly allocator?: TaskNumAllocator;
  /** How the number is leased. */
  readonly lease?: LeaseOptions;
  /** Request metrics of HTTP servers; false for none. @default on */
  readonly http?: HttpMetricsOptions | false;
  /** Throw a `MeasurementError` into callers whose measurement is dropped. @default false */
  readonly strict?: boolean;
  /** For tests. @default the machine's clock */
  readonly clock?: Clock;
}

const OPTIONS: readonly (keyof TaskmonOptions)[] = [
  "target",
  "identity",
  "instanceId",
  "allocator",
  "lease",
  "http",
  "strict",
  "clock",
];

/**
 * Everything wired together for one target; structurally an OpenTelemetry `Instrumentation`, to be
 * given to the SDK in `instrumentations`.
 */
export class Taskmon implements AsyncDisposable {
  readonly instrumentationName = "taskmon";
  readonly instrumentationVersion: string = VERSION;
  /** Who this process is. */
  readonly identity: Identity;
  /** This process's task number and lease. */
  readonly task: Task;
  /** Makes handles from specs. */
  readonly metrics: MetricRegistry;
  /** For the SDK's `resourceDetectors`. */
  readonly resourceDetector: TaskResourceDetector;
  readonly #clock: Clock;
  readonly #policy: LeasePolicy;
  readonly #delivery: InstrumentsDelivery;
  readonly #http: HttpMetricsInstrumentation | undefined;
  readonly #readers = new Set<AttachableReader>();
  readonly #held: ReturnType<typeof readerMetrics>["held"];
  readonly #owner: string;
  readonly #unclaim: () => void;
  readonly #report = createReporter("taskmon");
  #shutdown: Promise<void> | undefined;

  /** @internal Use {@link createTaskmon}. */
  constructor(options: TaskmonOptions = {}) {
    const given = optionsObject("taskmon", options, OPTIONS);
    const target = resolveTarget(given.target);
    const policy = leasePolicy(given.lease);
    const allocator =
      given.allocator === undefined
        ? sqliteAllocator()
        : methodsOption("allocator", given.allocator, ["notifyTaskIsAlive", "release"]);
    this.#clock = given.clock ?? systemClock();
    this.#policy = policy;
    this.identity = resolveIdentity(given.identity, given.instanceId);
    this.metrics = new MetricRegistry({ strict: booleanOption("strict", given.strict, false) });
    this.#http =
      given.http === false
        ? undefined
        : new HttpMetricsInstrumentation({ ...given.http, registry: this.metrics });
    this.#delivery = new InstrumentsDelivery(this.metrics);
    this.resourceDetector = resourceDetector(target, this.identity);
    this.#held = readerMetrics(this.metrics).held;
    const key = targetKey(target, allocator.scope);
    this.#owner = `the Taskmon of ${key}, instance ${this.identity.instanceId}`;
    this.task = new Task({
      allocator,
      target,
      instanceId: this.identity.instanceId,
      policy,
      clock: this.#clock,
    });
    this.task.onHeartbeat(leaseMetrics(this.metrics, this.task));
    try {
      // Last, so that a constructor that throws leaves no claim behind.
      this.#unclaim = claimTarget(key, this.#owner);
    } catch (error) {
      this.#http?.disable();
      throw error;
    }
  }

  /**
   * Puts the gate and the task number into a reader, and returns the same reader. Starts the lease.
   * @throws ReaderAttachedError `ERR_TASKMON_READER_ATTACHED`
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for what is no reader
   */
  attach<R extends AttachableReader>(reader: R, options?: AttachOptions): R {
    attachReader(
      reader,
      {
        owner: this.#owner,
        registry: this.metrics,
        lease: this.task,
        clock: this.#clock,
        exportTimeoutMs: this.#policy.exportTimeoutMs,
        onHeld: (reason) => this.#held.add(1, { "taskmon.reason": reason }),
        onShutdown: (ended) => this.#readerEnded(ended),
      },
      options,
    );
    this.#readers.add(reader);
    this.start();
    return reader;
  }

  /** Lets the metrics reach `provider`. The SDK calls it for what stands in `instrumentations`. */
  setMeterProvider(provider: MeterProvider): void {
    this.#delivery.bind(provider);
    this.start();
  }

  /** Nothing of ours traces; part of OpenTelemetry's interface. */
  setTracerProvider(): void {
    // No spans.
  }

  /** Options are given to {@link createTaskmon}; part of OpenTelemetry's interface. */
  setConfig(): void {
    // No configuration of the SDK's kind.
  }

  /** Part of OpenTelemetry's interface. */
  getConfig(): { readonly enabled: boolean } {
    return { enabled: true };
  }

  /** Takes up the request metrics, after {@link disable}. */
  enable(): void {
    if (this.#shutdown === undefined) this.#http?.enable();
  }

  /** Leaves the host's requests alone. The task number and metrics of the user's own go on. */
  disable(): void {
    this.#http?.disable();
  }

  /** Begins to lease a task number. Implied by the first attach or setMeterProvider. Idempotent. */
  start(): void {
    if (this.#shutdown === undefined) this.task.start();
  }

  /** Exports what every attached reader has, as far as the number is sure. Rejects as the readers do. */
  async flush(): Promise<void> {
    await Promise.all([...this.#readers].map((reader) => reader.forceFlush()));
  }

  /**
   * Ends the whole: a last export of every attached reader, then the number goes back. The SDK's own
   * shutdown may come before, after, or meanwhile. Never rejects; idempotent.
   */
  shutdown(): Promise<void> {
    this.#shutdown ??= this.#end();
    return this.#shutdown;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  async #end(): Promise<void> {
    this.#http?.disable();
    await withTimeout(this.#clock, "The last export", this.#policy.exportTimeoutMs, () =>
      this.flush(),
    ).catch((error: unknown) => {
      this.#report.warnOnce("flush", "The last export failed", error);
    });
    await this.task.release();
    this.#unclaim();
  }

  /** The SDK shuts its readers down, each after its last export; the last one hands the number back. */
  async #readerEnded(reader: AttachableReader): Promise<void> {
    this.#readers.delete(reader);
    if (this.#readers.size === 0) await this.shutdown();
  }
}

/**
 * Makes the Taskmon object of this process for one target.
 *
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for a wrong option
 * @throws TargetTakenError `ERR_TASKMON_TARGET_TAKEN` where this process has one for the target
 */
export function createTaskmon(options: TaskmonOptions = {}): Taskmon {
  return new Taskmon(options);
}
