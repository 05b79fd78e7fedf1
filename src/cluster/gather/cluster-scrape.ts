import type { HrTime } from "@opentelemetry/api";
import type { MetricStream, OwnStreams } from "../../points/streams.ts";
import { hrTimeOf } from "../../points/time.ts";
import type { Collected, ScopeMetricsLike } from "../../points/types.ts";
import { isAttached, isHeld } from "../../reader/attach.ts";
import type { AttachableReader, CollectOptions } from "../../sdk/types.ts";
import type { Clock } from "../../shared/clock.ts";
import { InvalidOptionError } from "../../shared/errors.ts";
import { methodsOption } from "../../shared/options.ts";
import { createReporter } from "../../shared/report.ts";
import type { ChildSource } from "../channels/children.ts";
import { Faults } from "./faults.ts";
import { Intake } from "./intake.ts";
import { type Member, Members } from "./members.ts";
import type { ReportPart } from "./messages.ts";
import { type ClusterMetrics, clusterMetrics } from "./metrics.ts";
import { type ClusterScrapeOptions, type ClusterSettings, clusterSettings } from "./options.ts";
import { readInBatches, type ReadResult } from "./read.ts";
import { Round } from "./round.ts";
import { type Before, standIn } from "./stand-in.ts";
import type { Answered } from "./total-metric.ts";
import { PRIMARY, Totals } from "./totals.ts";

/** The status of a worker. */
export interface WorkerView {
  /** Its index in the scrape. Free indexes are reused. */
  readonly index: number;
  /** Whether it answered in the last scrape that waited for it. */
  readonly answers: boolean;
}

/** A scrape that answers for all workers. */
export interface ClusterScrape extends Disposable {
  /** The workers that report, the lowest index first. */
  readonly workers: readonly WorkerView[];
  /**
   * Adds a child that may report: a forked process, an older thread, the other end of a MessagePort.
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` if the value is not a child
   */
  add(child: ChildSource): void;
  /** Lets the exporter answer for this process alone again. Implied by its shutdown. Idempotent. */
  stop(): void;
}

/** Marks a wrapped reader. All copies of this package share the mark. */
const WRAPPED = Symbol.for("taskmon.cluster-scrape");

/**
 * Lets a scrape of this process's exporter answer for all workers that call `shareScrape`. The exporter then
 * collects the metrics of all, so its own server, other servers and its serializer work as before. The counts
 * of workers stay when they end, so that no counter decreases; a worker that does not answer in time counts
 * with its last report.
 * @param exporter attach it to the Taskmon object first, if you want it attached
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function clusterScrape(
  exporter: AttachableReader,
  options?: ClusterScrapeOptions,
): ClusterScrape {
  methodsOption<AttachableReader>("clusterScrape exporter", exporter, ["collect", "shutdown"]);
  if (WRAPPED in exporter) {
    throw new InvalidOptionError(
      "clusterScrape exporter",
      "a reader without a clusterScrape",
      exporter,
    );
  }
  const scrape = new Scrape(exporter, clusterSettings(options));
  Object.defineProperty(exporter, WRAPPED, { value: scrape, configurable: true });
  return scrape;
}

class Scrape implements ClusterScrape {
  readonly #exporter: AttachableReader;
  /** The exporter's original behaviour, which answers for this process alone. */
  readonly #own: Before;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #totals: Totals;
  readonly #intake: Intake;
  readonly #round: Round;
  readonly #members: Members;
  readonly #metrics: ClusterMetrics | undefined;
  readonly #report = createReporter("cluster");
  readonly #faults: Faults;
  readonly #wasAttached: boolean;
  #underWay: Promise<Gathered> | undefined;
  #stopped = false;

  constructor(exporter: AttachableReader, settings: ClusterSettings) {
    const { clock, timeoutMs, registry, followAll, ...adding } = settings;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#metrics = registry && clusterMetrics(registry);
    const faults = new Faults(this.#metrics, this.#report);
    this.#faults = faults;
    this.#totals = new Totals(
      { ...adding, onTrouble: (trouble, metric) => faults.trouble(trouble, metric) },
      hrTimeOf(clock.wallTime()),
    );
    this.#intake = new Intake(this.#totals);
    this.#exporter = exporter;
    this.#wasAttached = isAttached(exporter);
    this.#own = standIn(exporter, {
      collect: (options) => this.#collect(options),
      own: () => (this.#speaks ? this.#streams() : undefined),
    });
    const shutdown = exporter.shutdown.bind(exporter);
    exporter.shutdown = async (options): Promise<void> => {
      this.stop();
      await shutdown(options);
    };
    this.#round = new Round(
      settings,
      () => this.#members,
      (member) => this.#late(member),
    );
    this.#members = new Members(followAll, {
      reported: (member, part) => this.#reported(member, part),
      failed: (member, error) => this.#failed(member, error),
      left: (member) => this.#left(member),
      rejected: (what) => faults.add("message", what),
    });
  }

  get workers(): readonly WorkerView[] {
    return this.#members.all().map(({ index, answers }) => ({ index, answers }));
  }

  add(child: ChildSource): void {
    this.#members.add(child);
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#members.stop();
    this.#round.stop();
    this.#own.restore();
    delete (this.#exporter as { [WRAPPED]?: unknown })[WRAPPED];
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  /** Whether it answers for all workers now. */
  get #speaks(): boolean {
    return !this.#stopped && !isHeld(this.#exporter);
  }

  async #collect(options: CollectOptions | undefined): Promise<Collected> {
    if (this.#stopped) return this.#own.collect(options);
    const { resource, errors, own } = await this.#gather(options);
    const scopeMetrics = this.#speaks ? this.#totals.scopes(...this.#asked) : own;
    return { resourceMetrics: { resource, scopeMetrics }, errors };
  }

  /** Returns the metrics of all workers, for a reader that reads them in place. */
  #streams(): OwnStreams {
    const streams = (): readonly MetricStream[] =>
      this.#speaks ? this.#totals.streams(...this.#asked) : [];
    return {
      resource: (base) => base ?? this.#own.source?.own()?.resource(base) ?? { attributes: {} },
      // A getter, because the reader must read it after the collection, even if that fails.
      get streams() {
        return streams();
      },
      collect: async (options) => {
        const { resource, errors, own } = await this.#gather(options);
        const scopeMetrics = this.#speaks ? [] : own;
        return { resourceMetrics: { resource, scopeMetrics }, errors };
      },
      others: (scopes) => scopes,
    };
  }

  /** The time of the totals, and the members whose gauges count. */
  get #asked(): [HrTime, Answered] {
    const { answered } = this.#round;
    const at = hrTimeOf(this.#clock.wallTime());
    return [at, (member) => member === PRIMARY || answered.has(member)];
  }

  /** Runs one collection at a time. Calls meanwhile get the same one. */
  #gather(options: CollectOptions | undefined): Promise<Gathered> {
    this.#underWay ??= this.#gatherAll(options).finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #gatherAll(options: CollectOptions | undefined): Promise<Gathered> {
    this.#checkOrder();
    await this.#round.askAll();
    this.#count();
    const own: ScopeMetricsLike[] = [];
    const reader = { ...this.#own, nowMs: () => this.#clock.wallTime() };
    const take = (scopes: ScopeMetricsLike[]): boolean => own.push(...scopes) > 0;
    const result = (await readInBatches(reader, take, options))!;
    if (this.#speaks) await this.#intake.report(PRIMARY, own, result.errors.length === 0);
    return { ...result, own };
  }

  #count(): void {
    const { answered } = this.#round;
    this.#metrics?.workers.set(answered.size, { "taskmon.state": "answered" });
    const missing = this.#members.all().filter(({ index }) => !answered.has(index)).length;
    this.#metrics?.workers.set(missing, { "taskmon.state": "missing" });
  }

  #reported(member: Member, part: ReportPart): void {
    this.#intake.part(member.index, part, {
      more: () => this.#members.more(member),
      done: (rejected) => {
        if (rejected > 0) {
          const what = `${rejected} metrics and points of a worker's report were not understood`;
          this.#faults.add("contents", what);
        }
        const { index } = member;
        this.#report.recovered(`late ${index}`, `Worker ${index} answers again`);
        this.#report.recovered(`failed ${index}`, `Worker ${index} can collect again`);
        this.#round.reported(member);
      },
    });
  }

  #late({ index }: Member): void {
    this.#faults.add(
      "late",
      `Worker ${index} did not answer within ${this.#timeoutMs} ms; scrapes use its last report`,
      `late ${index}`,
    );
  }

  #failed(member: Member, error: string): void {
    this.#faults.add(
      "failed",
      `Worker ${member.index} cannot collect its metrics: ${error}`,
      `failed ${member.index}`,
    );
    this.#round.failed(member);
  }

  #left(member: Member): void {
    this.#intake.depart(member.index);
    this.#report.recovered(`late ${member.index}`, `Worker ${member.index} has ended`);
    this.#round.left(member);
  }

  /**
   * Warns if the exporter was attached later. Attaching would then treat the workers' series as its own and
   * leave some out.
   */
  #checkOrder(): void {
    if (this.#wasAttached || !isAttached(this.#exporter)) return;
    this.#report.warnOnce(
      "order",
      "The exporter was attached after clusterScrape(); write clusterScrape(taskmon.attach(exporter))",
    );
  }
}

/** The result of the exporter's own collection. */
interface Gathered extends ReadResult {
  readonly own: ScopeMetricsLike[];
}
