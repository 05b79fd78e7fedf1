import { isAttached, isHeld } from "../../reader/attach.ts";
import { hrTimeOf } from "../../points/time.ts";
import type { Collected } from "../../points/types.ts";
import type { AttachableReader, CollectOptions } from "../../sdk/types.ts";
import type { Clock } from "../../shared/clock.ts";
import { InvalidOptionError } from "../../shared/errors.ts";
import { methodsOption } from "../../shared/options.ts";
import { createReporter } from "../../shared/report.ts";
import type { ChildSource } from "../channels/children.ts";
import { decode } from "./decode.ts";
import { type Member, Members } from "./members.ts";
import type { Report } from "./messages.ts";
import { type ClusterMetrics, clusterMetrics, type Fault } from "./metrics.ts";
import { type ClusterScrapeOptions, type ClusterSettings, clusterSettings } from "./options.ts";
import { PRIMARY, Totals, type Trouble } from "./totals.ts";

/** What is known of a worker. */
export interface WorkerView {
  /** Its number in this scrape, kept dense. */
  readonly index: number;
  /** Whether it answered the last time that it was waited for. */
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

/** One that was asked and did not answer is asked again after so many time limits. */
const ASK_AGAIN = 10;

/** Marks a reader, for all copies of this package. */
const WRAPPED = Symbol.for("taskmon.cluster-scrape");

/**
 * Lets a scrape of this process's exporter answer for all workers that call `shareScrape`. The exporter
 * then collects the metrics of all, so its own server, other servers and its serializer work as before. The
 * counts of workers stay when they end, so that no counter decreases; a worker that does not answer in time
 * counts with its last report. @param exporter attach it to the Taskmon object first, if you want it
 * attached
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
      "one that has no clusterScrape",
      exporter,
    );
  }
  const scrape = new Scrape(exporter, clusterSettings(options));
  Object.defineProperty(exporter, WRAPPED, { value: scrape, configurable: true });
  return scrape;
}

class Scrape implements ClusterScrape {
  readonly #exporter: AttachableReader;
  readonly #collectOwn: AttachableReader["collect"];
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #totals: Totals;
  readonly #members: Members;
  readonly #metrics: ClusterMetrics | undefined;
  readonly #report = createReporter("cluster");
  readonly #wasAttached: boolean;
  /** Those that have reported since the scrape under way began. */
  readonly #answered = new Set<number>();
  /** Told when one more has answered or left. */
  #onProgress: (() => void) | undefined;
  #underWay: Promise<Collected> | undefined;
  #stopped = false;

  constructor(exporter: AttachableReader, settings: ClusterSettings) {
    const { clock, timeoutMs, registry, followAll, ...adding } = settings;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#metrics = registry && clusterMetrics(registry);
    this.#totals = new Totals(
      { ...adding, onTrouble: (trouble, metric) => this.#trouble(trouble, metric) },
      hrTimeOf(clock.wallTime()),
    );
    this.#exporter = exporter;
    this.#wasAttached = isAttached(exporter);
    this.#collectOwn = exporter.collect.bind(exporter);
    exporter.collect = (options) => this.#collect(options);
    const shutdown = exporter.shutdown.bind(exporter);
    exporter.shutdown = async (options): Promise<void> => {
      this.stop();
      await shutdown(options);
    };
    this.#members = new Members(followAll, {
      reported: (member, report) => this.#reported(member, report),
      failed: (member, error) => this.#failed(member, error),
      left: (member) => this.#left(member),
      rejected: (what) => this.#fault("message", what),
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
    this.#onProgress?.();
    delete (this.#exporter as { [WRAPPED]?: unknown })[WRAPPED];
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  /** One collection at a time; whoever asks meanwhile gets the same. */
  #collect(options: CollectOptions | undefined): Promise<Collected> {
    if (this.#stopped) return this.#collectOwn(options);
    this.#underWay ??= this.#collectAll(options).finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #collectAll(options: CollectOptions | undefined): Promise<Collected> {
    this.#checkOrder();
    await this.#askAll();
    const own = await this.#collectOwn(options);
    if (this.#stopped || isHeld(this.#exporter)) return own;
    this.#totals.report(PRIMARY, own.resourceMetrics.scopeMetrics, own.errors.length === 0);
    const scopeMetrics = this.#totals.scopes(
      hrTimeOf(this.#clock.wallTime()),
      (member) => member === PRIMARY || this.#answered.has(member),
    );
    return { ...own, resourceMetrics: { ...own.resourceMetrics, scopeMetrics } };
  }

  /** Asks all workers, and waits for those that answered last time, with a limit. */
  async #askAll(): Promise<void> {
    this.#answered.clear();
    const members = this.#members.all();
    const awaited = members.filter(({ answers }) => answers);
    const now = this.#clock.now();
    for (const member of members) {
      // A process that is stopped finds few requests when it goes on.
      const { askedAtMs } = member;
      if (askedAtMs !== undefined && now - askedAtMs < ASK_AGAIN * this.#timeoutMs) continue;
      member.askedAtMs = now;
      this.#members.ask(member);
    }
    const missing = (): Member[] => {
      const present = new Set(this.#members.all());
      return awaited.filter(
        (member) => member.answers && present.has(member) && !this.#answered.has(member.index),
      );
    };
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(this.#timeoutMs, resolve);
      this.#onProgress = (): void => {
        if (!this.#stopped && missing().length > 0) return;
        cancel();
        resolve();
      };
      this.#onProgress();
    });
    this.#onProgress = undefined;
    for (const member of missing()) this.#late(member);
    this.#count();
  }

  #late(member: Member): void {
    member.answers = false;
    this.#fault(
      "late",
      `Worker ${member.index} did not answer within ${this.#timeoutMs} ms; scrapes go on with what ` +
        "it said last",
      `late ${member.index}`,
    );
  }

  #count(): void {
    const answered = this.#answered.size;
    this.#metrics?.workers.set(answered, { "taskmon.state": "answered" });
    const missing = this.#members.all().filter(({ index }) => !this.#answered.has(index)).length;
    this.#metrics?.workers.set(missing, { "taskmon.state": "missing" });
  }

  #reported(member: Member, { scopes: contents, errors }: Report): void {
    const { scopes, rejected } = decode(contents);
    if (rejected > 0) {
      this.#fault("contents", `${rejected} parts of a worker's report were not understood`);
    }
    this.#totals.report(member.index, scopes, errors === 0 && rejected === 0);
    this.#report.recovered(`late ${member.index}`, `Worker ${member.index} answers again`);
    this.#report.recovered(`failed ${member.index}`, `Worker ${member.index} can collect again`);
    member.askedAtMs = undefined;
    member.answers = true;
    this.#answered.add(member.index);
    this.#onProgress?.();
  }

  #failed(member: Member, error: string): void {
    this.#fault(
      "failed",
      `Worker ${member.index} cannot collect its metrics: ${error}`,
      `failed ${member.index}`,
    );
    member.askedAtMs = undefined;
    // It says so at once, and need not be waited for until it can.
    member.answers = false;
    this.#onProgress?.();
  }

  #left(member: Member): void {
    this.#totals.depart(member.index);
    this.#answered.delete(member.index);
    this.#report.recovered(`late ${member.index}`, `Worker ${member.index} has ended`);
    this.#onProgress?.();
  }

  #trouble(trouble: Trouble, metric: string): void {
    const what = {
      overflow: `${metric} has more series than are kept; the rest is one series`,
      metrics: `There are more metrics than are kept; ${metric} is left out`,
      buckets: `Workers have different buckets for ${metric}; those that all have are shown`,
      kind: `${metric} is of another kind or unit in some workers, and left out there`,
    };
    this.#fault(
      trouble === "metrics" ? "overflow" : trouble,
      what[trouble],
      `${trouble} ${metric}`,
    );
  }

  /** Counted each time, said once. */
  #fault(fault: Fault, what: string, cause: string = fault): void {
    this.#metrics?.faults.add(1, { "taskmon.reason": fault });
    this.#report.warnOnce(cause, what);
  }

  /** What attaches the exporter afterwards takes workers' series for its own, and leaves some out. */
  #checkOrder(): void {
    if (this.#wasAttached || !isAttached(this.#exporter)) return;
    this.#report.warnOnce(
      "order",
      "The exporter was attached after clusterScrape(); write clusterScrape(taskmon.attach(exporter))",
    );
  }
}
