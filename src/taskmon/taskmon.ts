import type { MeterProvider } from "@opentelemetry/api";
import type { Health } from "../health/index.ts";
import type { Monitor } from "../monitor/index.ts";
import type { Probes } from "../probe/index.ts";
import type { Identity } from "../identity/identity.ts";
import type { MetricRegistry } from "../metrics/registry.ts";
import type { MetricView } from "../metrics/views.ts";
import { type AttachOptions, endReader, settleReader } from "../reader/attach.ts";
import { Readers } from "../reader/readers.ts";
import type { AttachableReader } from "../sdk/types.ts";
import { optionsObject } from "../shared/options.ts";
import { VERSION } from "../shared/version.ts";
import { dump, type DumpOptions } from "../dump/index.ts";
import type { Flush } from "../flush/flush.ts";
import type { LiveSettings } from "../settings/live.ts";
import type { Settings } from "../settings/settings.ts";
import { Ending } from "../shutdown/ending.ts";
import { releaseAtExit } from "../shutdown/exit-release.ts";
import type { ShutdownOptions } from "../shutdown/index.ts";
import { containerWarning } from "../task/container.ts";
import { type TaskResourceDetector, resourceDetector } from "../task/detector.ts";
import type { Task } from "../task/task.ts";
import type { TaskmonEvents } from "./events.ts";
import { type Core, createCore } from "./core.ts";
import { OPTIONS, type TaskmonOptions } from "./options.ts";
import { createParts, type Parts } from "./parts.ts";

/**
 * All parts for one target. Also an OpenTelemetry `Instrumentation`: pass it to the SDK in
 * `instrumentations`.
 */
export class Taskmon implements AsyncDisposable {
  readonly instrumentationName = "taskmon";
  readonly instrumentationVersion: string = VERSION;
  /** Who this process is. */
  readonly identity: Identity;
  /** This process's task number and lease. */
  readonly task: Task;
  /** Creates handles from specs. */
  readonly metrics: MetricRegistry;
  /** Runs health checks and reports their results. */
  readonly health: Health;
  /** Probes remote targets and counts the results. */
  readonly probes: Probes;
  /** Monitors services: whether each is up, and what wakes it. */
  readonly monitors: Monitor;
  /** Settings that can change while the program runs. */
  readonly settings: LiveSettings;
  /** The readers that export under the task number. */
  readonly readers: Readers;
  /** Exports at once, or at the end of requests. */
  readonly flush: Flush;
  /** For the SDK's `resourceDetectors`. */
  readonly resourceDetector: TaskResourceDetector;
  readonly #core: Core;
  readonly #parts: Parts;
  readonly #ending: Ending;
  #forgetExit: (() => void) | undefined;
  /** Whether `start` was called; an unknown target may have prevented it. */
  #isWanted = false;
  /** Set by `enable` and `disable`. */
  #isEnabled = true;

  /** @internal Use {@link createTaskmon}. */
  constructor(options: TaskmonOptions = {}) {
    const given = optionsObject("taskmon", options, OPTIONS);
    const core = (this.#core = createCore(given));
    const parts = (this.#parts = createParts(core, given));
    const { clock, identity, settings, life } = core;
    const { task, health, probes, monitors, readers, flush, all } = parts;
    this.identity = identity;
    this.task = task;
    this.metrics = core.metrics;
    this.health = health;
    this.probes = probes;
    this.monitors = monitors;
    this.settings = settings;
    this.readers = new Readers(readers, clock, () => this.start());
    this.flush = flush;
    this.resourceDetector = resourceDetector(() => core.target.known, identity);
    this.#ending = new Ending({
      ...{ clock, task, endReader, settleReader },
      first: all.shutdownSteps,
      readers: () => readers,
      endedReaders: () => readers.ended,
      close: () => this.#close(),
    });
    life.endsWith(() => this.shutdown());
    const follow = (applied: Settings): void => {
      const wasOff = life.mode === "off";
      if (!life.follow(applied)) return;
      if (wasOff && life.mode !== "off") core.target.askAgain();
      all.apply(applied);
      if (wasOff && this.#isWanted) this.start();
    };
    follow(settings.current);
    settings.on("applied", follow);
  }

  /**
   * Views for the SDK's option `views`: the names and constant labels of the metrics that are registered by
   * now. Empty if you use neither. Metrics that are registered later need none.
   */
  get views(): MetricView[] {
    return this.metrics.views.read();
  }

  /**
   * Short for {@link readers}.attach: adds the gate and the task number to a reader, and returns the same
   * reader. Starts the lease.
   * @throws ReaderAttachedError `ERR_TASKMON_READER_ATTACHED`
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` if the value is not a reader
   */
  attach<R extends AttachableReader>(reader: R, options?: AttachOptions): R {
    return this.readers.attach(reader, options);
  }

  /**
   * Calls `listener` when an attached reader had no successful export for five of its intervals (`silent`,
   * once until it recovers), when exports succeed again (`recovered`), or when the shutdown is over
   * (`shutdown`). If the listener throws, the error is reported and goes no further.
   * @returns a function that ends it
   */
  on<E extends keyof TaskmonEvents>(
    event: E,
    listener: (detail: TaskmonEvents[E]) => void,
  ): () => void {
    return this.#core.listeners.on(event, listener);
  }

  /**
   * Connects the metrics to `provider`, and attaches its readers unless `autoAttach` is false. The SDK
   * calls it for each entry of `instrumentations`.
   */
  setMeterProvider(provider: MeterProvider): void {
    this.#parts.all.setMeterProvider(provider);
    this.start();
  }

  /** Does nothing, because we make no traces; part of OpenTelemetry's interface. */
  setTracerProvider(): void {
    // No spans.
  }

  /** Does nothing: pass options to {@link createTaskmon}. Part of OpenTelemetry's interface. */
  setConfig(): void {
    // No configuration of the SDK's kind.
  }

  /** Whether the host's requests are measured; part of OpenTelemetry's interface. */
  getConfig(): { readonly enabled: boolean } {
    return { enabled: this.#isEnabled };
  }

  /** Turns the request metrics on again after {@link disable}. */
  enable(): void {
    if (this.#ending.begun) return;
    this.#isEnabled = true;
    this.#parts.requests.enable();
  }

  /** Stops measuring the host's requests. The task number and your own metrics go on. */
  disable(): void {
    this.#isEnabled = false;
    this.#parts.requests.disable();
  }

  /** Starts leasing a task number. The first attach or setMeterProvider does it too. Idempotent. */
  start(): void {
    if (this.#ending.begun) return;
    this.#isWanted = true;
    if (!this.#core.target.settle()) return;
    const warning = containerWarning(this.task.target, this.task.scope);
    const { allocator, policy, settings, loadsSettings, report } = this.#core;
    const { task, all } = this.#parts;
    if (warning !== undefined) report.warnOnce("container", warning);
    const { quarantineMs } = policy;
    this.#forgetExit ??= releaseAtExit({ allocator, task, quarantineMs });
    const loading = settings.start();
    if (!loadsSettings) all.start();
    // Only the loaded settings tell whether to begin.
    else void loading.then(() => all.start());
  }

  /** The state of each part, by its name, as plain data: for a page, a command or a log. */
  status(): Readonly<Record<string, unknown>> {
    return this.#parts.all.status();
  }

  /** The current values of all metrics, as readable text, for development. */
  dump(options?: DumpOptions): string {
    return dump(this.metrics, options);
  }

  /**
   * Shuts everything down: checks stop, heartbeats stop, every attached reader makes its last export, and
   * the number is handed back. The SDK's own shutdown may come before, after, or at the same time. Never
   * rejects: the report that `taskmon.on("shutdown", …)` gets has the result of each step, and what
   * arrived. A later call waits for the same shutdown, and can make it faster.
   */
  async shutdown(options?: ShutdownOptions): Promise<void> {
    const { begun } = this.#ending;
    this.#core.life.end();
    this.#core.settings.stop();
    this.#parts.flusher.follow();
    const report = await this.#ending.run(options);
    if (!begun) this.#core.listeners.emit("shutdown", report);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  async #close(): Promise<void> {
    const { allocator, ownsAllocator } = this.#core;
    this.#parts.all.close();
    this.#forgetExit?.();
    this.#core.target.unclaim();
    if (ownsAllocator) await allocator.close?.().catch(() => undefined);
  }
}

/**
 * Creates the Taskmon object of this process for one target.
 *
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for a wrong option
 * @throws TargetTakenError `ERR_TASKMON_TARGET_TAKEN` if this process already has one for the target
 */
export function createTaskmon(options: TaskmonOptions = {}): Taskmon {
  return new Taskmon(options);
}
