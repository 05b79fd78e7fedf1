import type { MeterProvider } from "@opentelemetry/api";
import { Health } from "./health/index.ts";
import { RequestMetrics } from "./http/requests.ts";
import { type Identity, resolveIdentity } from "./identity/identity.ts";
import { Form } from "./metrics/form.ts";
import { InstrumentsDelivery } from "./metrics/instruments.ts";
import { isHexNaming } from "./metrics/naming.ts";
import { MetricRegistry } from "./metrics/registry.ts";
import { type MetricView, Views } from "./metrics/views.ts";
import { type AttachOptions, attachReader, isHeld, readerView } from "./reader/attach.ts";
import { gateExporter } from "./reader/exporter.ts";
import { readerMetrics } from "./reader/metrics.ts";
import type { ReaderView } from "./reader/index.ts";
import type { AttachableReader, PushExporter } from "./reader/types.ts";
import { RuntimeInstrumentation, runtimeMetrics } from "./runtime/index.ts";
import { type Clock, systemClock } from "./shared/clock.ts";
import { booleanOption, choiceOption, methodsOption, optionsObject } from "./shared/options.ts";
import { createReporter } from "./shared/report.ts";
import { withTimeout } from "./shared/timeout.ts";
import { VERSION } from "./shared/version.ts";
import type { TaskNumAllocator } from "./task/allocator.ts";
import { sqliteAllocator } from "./task/allocators/sqlite.ts";
import { claimTarget } from "./task/claim.ts";
import { containerWarning } from "./task/container.ts";
import { type TaskResourceDetector, resourceDetector } from "./task/detector.ts";
import { leaseMetrics } from "./task/metrics.ts";
import { type LeasePolicy, leasePolicy } from "./task/policy.ts";
import { resolveTarget, targetKey } from "./task/target.ts";
import { Task } from "./task/task.ts";
import { HEALTH_OPTIONS, OPTIONS, type TaskmonOptions } from "./taskmon-options.ts";

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
  /** Runs health checks, and says what they come to. */
  readonly health: Health;
  /** For the SDK's `resourceDetectors`. */
  readonly resourceDetector: TaskResourceDetector;
  readonly #clock: Clock;
  readonly #policy: LeasePolicy;
  readonly #views: Views;
  readonly #delivery: InstrumentsDelivery;
  readonly #runtime: RuntimeInstrumentation | undefined;
  /** The allocator that nobody passed in, and so nobody else closes. */
  readonly #ownAllocator: TaskNumAllocator | undefined;
  readonly #requests: RequestMetrics;
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
    if (given.allocator === undefined) this.#ownAllocator = sqliteAllocator();
    const allocator =
      this.#ownAllocator ??
      methodsOption("allocator", given.allocator!, ["notifyTaskIsAlive", "release"]);
    this.#clock = given.clock ?? systemClock();
    this.#policy = policy;
    this.identity = resolveIdentity(given.identity, given.instanceId);
    this.metrics = new MetricRegistry({
      strict: booleanOption("strict", given.strict, false),
      delivery: choiceOption("delivery", given.delivery, ["instruments", "producer"]),
      form: new Form(
        {
          ...(given.naming !== undefined && { naming: given.naming }),
          ...(given.constantLabels !== undefined && { constantLabels: given.constantLabels }),
        },
        this.identity,
      ),
    });
    runtimeMetrics(this.metrics);
    if (booleanOption("runtime", given.runtime, false))
      this.#runtime = new RuntimeInstrumentation();
    this.health = new Health({
      // The original's gauges belong with its names.
      originalGauges: given.naming !== undefined && isHexNaming(given.naming),
      ...optionsObject("health", given.health, HEALTH_OPTIONS),
      registry: this.metrics,
      clock: this.#clock,
    });
    this.#views = new Views(this.metrics);
    this.#delivery = new InstrumentsDelivery(this.metrics, this.#views);
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
    this.#unclaim = claimTarget(key, this.#owner);
    try {
      // Last, since it observes from here on: a constructor that throws leaves nothing behind.
      this.#requests = new RequestMetrics(given.http, this.metrics);
    } catch (error) {
      this.#unclaim();
      throw error;
    }
  }

  /**
   * For the SDK's `views`: the names and constant labels of the metrics that are registered by now. None
   * where neither was asked for. What is registered later needs none.
   */
  get views(): MetricView[] {
    return this.#views.read();
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
        views: this.#views,
        instanceLabel: () => this.task.instanceLabel,
        lease: this.task,
        clock: this.#clock,
        exportTimeoutMs: this.#policy.exportTimeoutMs,
        unnumberedHoldMs: this.#policy.unnumberedHoldMs,
        onHeld: (reason) => this.#held.add(1, { "taskmon.reason": reason }),
        onShutdown: (ended) => this.#readerEnded(ended),
      },
      options,
    );
    this.#readers.add(reader);
    this.start();
    return reader;
  }

  /**
   * The exporter for a push reader that keeps its exporter where {@link attach} does not find it: one
   * that asks the gate again before each attempt to send. Of the SDK's own periodic reader, `attach`
   * does this by itself. The reader must be attached all the same.
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for what is no exporter
   */
  gateExporter<E extends PushExporter>(exporter: E): E {
    return gateExporter(exporter, this.#clock);
  }

  /**
   * Whether an attached reader sends or answers nothing now, for want of a number: an endpoint of
   * one's own may then answer 503. Never so for a pull reader attached without `hold`.
   */
  isHeld(reader: AttachableReader): boolean {
    return isHeld(reader);
  }

  /** What is known of each attached reader that was not shut down; for `exportsCheck`, say. */
  get readers(): ReaderView[] {
    return [...this.#readers].flatMap((reader) => readerView(reader) ?? []);
  }

  /** Lets the metrics reach `provider`. The SDK calls it for what stands in `instrumentations`. */
  setMeterProvider(provider: MeterProvider): void {
    this.#delivery.bind(provider);
    this.#requests.setMeterProvider(provider);
    this.#runtime?.setMeterProvider(provider);
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
    if (this.#shutdown !== undefined) return;
    this.#requests.enable();
    this.#runtime?.enable();
  }

  /** Leaves the host's requests alone. The task number and metrics of the user's own go on. */
  disable(): void {
    this.#requests.disable();
    this.#runtime?.disable();
  }

  /** Begins to lease a task number. Implied by the first attach or setMeterProvider. Idempotent. */
  start(): void {
    if (this.#shutdown !== undefined) return;
    const warning = containerWarning(this.task.target, this.task.scope);
    if (warning !== undefined) this.#report.warnOnce("container", warning);
    this.task.start();
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
    this.disable();
    await withTimeout(this.#clock, "The last export", this.#policy.exportTimeoutMs, () =>
      this.flush(),
    ).catch((error: unknown) => {
      this.#report.warnOnce("flush", "The last export failed", error);
    });
    await this.health.shutdown();
    await this.task.release();
    await this.#ownAllocator?.close?.().catch(() => undefined);
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
