import type { ServerResponse } from "node:http";
import type { Http2ServerResponse } from "node:http2";
import type { MeterProvider } from "@opentelemetry/api";
import type { Health } from "../health/index.ts";
import type { Identity } from "../identity/identity.ts";
import type { MetricRegistry } from "../metrics/registry.ts";
import type { MetricView } from "../metrics/views.ts";
import { type AttachOptions, isHeld } from "../reader/attach.ts";
import { gateExporter } from "../reader/exporter.ts";
import type { ReaderView } from "../reader/index.ts";
import type { Readers } from "../reader/readers.ts";
import type { AttachableReader, PushExporter } from "../reader/types.ts";
import { Listeners } from "../shared/listeners.ts";
import { createReporter } from "../shared/report.ts";
import { VERSION } from "../shared/version.ts";
import { dump, type DumpOptions } from "../dump/index.ts";
import type { Flusher, FlushCall, FlushOutcome, FlushView } from "../flush/flusher.ts";
import type { LiveSettings } from "../settings/live.ts";
import type { Ending } from "../shutdown/ending.ts";
import { releaseAtExit } from "../shutdown/exit-release.ts";
import type { ShutdownOptions } from "../shutdown/index.ts";
import { containerWarning } from "../task/container.ts";
import { type TaskResourceDetector, resourceDetector } from "../task/detector.ts";
import type { Task } from "../task/task.ts";
import type { TaskmonEvents } from "./events.ts";
import type { TaskmonOptions } from "./options.ts";
import { createParts, type TaskmonParts } from "./parts.ts";
import { endingOf, flusherOf, readersOf } from "./wiring.ts";

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
  /** What can be changed while the program runs. */
  readonly settings: LiveSettings;
  /** For the SDK's `resourceDetectors`. */
  readonly resourceDetector: TaskResourceDetector;
  readonly #parts: TaskmonParts;
  readonly #readers: Readers;
  readonly #flusher: Flusher;
  readonly #ending: Ending;
  #forgetExit: (() => void) | undefined;
  readonly #report = createReporter("taskmon");
  readonly #listeners = new Listeners<TaskmonEvents>("taskmon", this.#report);

  /** @internal Use {@link createTaskmon}. */
  constructor(options: TaskmonOptions = {}) {
    const parts = createParts(options, (signal) => this.#readers.settle(signal));
    const { identity, task, metrics, health } = parts;
    this.#parts = parts;
    this.identity = identity;
    this.task = task;
    this.metrics = metrics;
    this.health = health;
    this.settings = parts.settings;
    this.resourceDetector = resourceDetector(task.target, identity);
    this.#readers = readersOf(parts, {
      isLast: () => this.#ending.begun,
      onSilent: (silence) => this.#listeners.emit("silent", silence),
      onRecovered: (recovery) => this.#listeners.emit("recovered", recovery),
      // The SDK shuts its readers down, each after its last export; the last one hands the number back.
      onLastShutdown: () => this.shutdown(),
    });
    this.#flusher = flusherOf(parts, this.#readers);
    this.#ending = endingOf(parts, this.#readers, () => this.#close());
  }

  /**
   * For the SDK's `views`: the names and constant labels of the metrics that are registered by now. None
   * where neither was asked for. What is registered later needs none.
   */
  get views(): MetricView[] {
    return this.#parts.views.read();
  }

  /**
   * Puts the gate and the task number into a reader, and returns the same reader. Starts the lease.
   * @throws ReaderAttachedError `ERR_TASKMON_READER_ATTACHED`
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for what is no reader
   */
  attach<R extends AttachableReader>(reader: R, options?: AttachOptions): R {
    this.#readers.attach(reader, options);
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
    return gateExporter(exporter, this.#parts.clock);
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
    return this.#readers.views;
  }

  /**
   * Calls `listener` when an attached reader has brought nothing through for five of its intervals
   * (`silent`, once a spell), when that is over (`recovered`), or when the shutdown is. What it throws is
   * reported, and goes no further.
   * @returns a function that ends it
   */
  on<E extends keyof TaskmonEvents>(
    event: E,
    listener: (detail: TaskmonEvents[E]) => void,
  ): () => void {
    return this.#listeners.on(event, listener);
  }

  /** Lets the metrics reach `provider`. The SDK calls it for what stands in `instrumentations`. */
  setMeterProvider(provider: MeterProvider): void {
    const { delivery, requests, runtime } = this.#parts;
    delivery.bind(provider);
    requests.setMeterProvider(provider);
    runtime.setMeterProvider(provider);
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
    if (!this.#ending.begun) this.#parts.requests.enable();
  }

  /** Leaves the host's requests alone. The task number and metrics of the user's own go on. */
  disable(): void {
    this.#parts.requests.disable();
  }

  /** Begins to lease a task number. Implied by the first attach or setMeterProvider. Idempotent. */
  start(): void {
    if (this.#ending.begun) return;
    const warning = containerWarning(this.task.target, this.task.scope);
    if (warning !== undefined) this.#report.warnOnce("container", warning);
    const { allocator, task, policy, settings, loadsSettings, state } = this.#parts;
    const { quarantineMs } = policy;
    this.#forgetExit ??= releaseAtExit({ allocator, task, quarantineMs });
    const loading = settings.start();
    if (!loadsSettings) state.start();
    // Until they are there it is not known whether to begin.
    else void loading.then(() => state.start());
  }

  /** Exports what every attached reader has, as far as the number is sure. Rejects as the readers do. */
  flush(): Promise<void> {
    return this.#readers.flush();
  }

  /** Whether a request that ends now is to await {@link flushIfDue}. Cheap enough to ask at each one. */
  get isFlushDue(): boolean {
    return this.#flusher.isDue;
  }

  /** How flushes inside requests stand. */
  get flushes(): FlushView {
    return this.#flusher.state;
  }

  /**
   * Exports what every attached push reader has, if the settings' interval has passed and no other request
   * is doing it: for processes that have the CPU only while they answer a request. Never rejects; settles
   * within the settings' flush timeout. The wrappers of `taskmon/flush` call it.
   */
  flushIfDue(call?: FlushCall): Promise<FlushOutcome> {
    return this.#flusher.flushIfDue(call);
  }

  /**
   * Measures the request of this response now, before its end, so that a flush has it and its duration is
   * without the flush's. For wrappers of handlers; never throws.
   */
  settleRequest(response: ServerResponse | Http2ServerResponse): void {
    this.#parts.requests.settle(response);
  }

  /** What the metrics hold now, as text to read at a desk. */
  dump(options?: DumpOptions): string {
    return dump(this.metrics, options);
  }

  /**
   * Ends the whole: checks stop, heartbeats stop, every attached reader exports for the last time, the
   * number goes back. The SDK's own shutdown may come before, after, or meanwhile. Never rejects:
   * `taskmon.on("shutdown", …)` tells how each step went. A later call waits for the same end, and may
   * hasten it.
   */
  async shutdown(options?: ShutdownOptions): Promise<void> {
    const { begun } = this.#ending;
    this.#parts.state.end();
    this.#parts.settings.stop();
    this.#flusher.follow();
    const report = await this.#ending.run(options);
    if (!begun) this.#listeners.emit("shutdown", report);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  async #close(): Promise<void> {
    const { allocator, ownsAllocator, requests, runtime, unclaim } = this.#parts;
    // Not before: requests that end meanwhile are still in the last export.
    requests.disable();
    runtime.disable();
    this.#forgetExit?.();
    unclaim();
    if (ownsAllocator) await allocator.close?.().catch(() => undefined);
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
