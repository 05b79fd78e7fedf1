import type { Attributes } from "@opentelemetry/api";
import { withConstants } from "../metrics/constants.ts";
import type { Metric } from "../metrics/metric.ts";
import type { MetricRegistry } from "../metrics/registry.ts";
import { RegistryStreams } from "../metrics/streams/registry-streams.ts";
import type { Clock } from "../shared/clock.ts";
import type { MetricStream } from "../points/streams.ts";
import { createReporter } from "../shared/report.ts";
import type { MetricDataLike, ScopeMetricsLike } from "../points/types.ts";
import type { ReaderSource } from "../sdk/reader-source.ts";

/** What is needed to export the metrics of one registry through a reader. */
export interface OwnMetricsContext {
  readonly registry: MetricRegistry;
  readonly clock: Clock;
  /**
   * Returns the value of the constant label `instance` if it depends on the task. Undefined without a number.
   */
  readonly instanceLabel: () => string | undefined;
}

/**
 * Completes one reader's collections with the metrics of a registry. It adds metrics that no instrument
 * exports, and leaves out removed series and series without a value, which the SDK would repeat for ever.
 */
export class OwnMetrics {
  readonly #context: OwnMetricsContext;
  readonly #streams: RegistryStreams;
  readonly #report = createReporter("metrics");
  #labels: { readonly instance: string } | undefined;

  constructor(source: ReaderSource, context: OwnMetricsContext) {
    this.#context = context;
    this.#streams = new RegistryStreams(context.registry, source);
  }

  /** Call this when the reader's views may have become known. */
  refresh(): void {
    this.#streams.refresh();
  }

  /** Closes the streams, because the reader no longer collects. */
  close(): void {
    this.#streams.close();
  }

  /** Returns all metrics of the registry, and everything else that was collected. */
  complete(collected: readonly ScopeMetricsLike[]): ScopeMetricsLike[] {
    const scopes = this.present(collected);
    for (const own of this.#streams.collect(this.#context.clock.wallTime())) {
      const { name, version } = own.scope;
      const home = scopes.find(({ scope }) => scope.name === name && scope.version === version);
      if (home === undefined) scopes.push(own);
      else home.metrics.push(...own.metrics);
    }
    return scopes;
  }

  /** Returns the collected data without removed series and series without a value. */
  present(collected: readonly ScopeMetricsLike[]): ScopeMetricsLike[] {
    return collected.flatMap((scope) => {
      const metrics = scope.metrics.flatMap((data) => this.#present(scope, data));
      return metrics.length === 0 ? [] : [{ ...scope, metrics }];
    });
  }

  /** Returns the metrics of this collection, to read in place. Iterate only once. */
  streams(): Iterable<MetricStream> {
    return this.#streams.streams(this.#context.clock.wallTime());
  }

  /** Whether a metric belongs to the registry, by its Meter and name. */
  isOwn(scope: ScopeMetricsLike["scope"], { descriptor }: MetricDataLike): boolean {
    const { registry } = this.#context;
    const [meter, name] = [scope.name, descriptor.name];
    if (registry.ownsMeter(scope)) return true;
    return registry.find(meter, name) !== undefined || registry.isGone(meter, name);
  }

  /** Separates the registry's metrics from the others. The others are the same objects as before. */
  apart(collected: readonly ScopeMetricsLike[]): {
    readonly own: readonly ScopeMetricsLike[];
    readonly others: readonly ScopeMetricsLike[];
  } {
    const own: ScopeMetricsLike[] = [];
    const others: ScopeMetricsLike[] = [];
    for (const scope of collected) {
      if (this.#isCopy(scope)) continue;
      const ours = scope.metrics.filter((metric) => this.isOwn(scope.scope, metric));
      if (ours.length > 0) own.push({ ...scope, metrics: ours });
      if (ours.length === 0) others.push(scope);
      else if (ours.length < scope.metrics.length) {
        others.push({ ...scope, metrics: scope.metrics.filter((one) => !ours.includes(one)) });
      }
    }
    const isAll =
      others.length === collected.length && others.every((one, at) => one === collected[at]);
    return { own, others: isAll ? collected : others };
  }

  /** Returns the points with their exported attributes. */
  allLabelled(scopes: readonly ScopeMetricsLike[]): readonly ScopeMetricsLike[] {
    if (!this.#context.registry.form.instanceFollowsTask) return scopes;
    return scopes.map(({ scope, metrics }) => ({
      scope,
      metrics: metrics.map((metric) => ({
        ...metric,
        dataPoints: metric.dataPoints.map((point) => ({
          ...point,
          attributes: this.labelled(scope, metric, point.attributes),
        })),
      })),
    }));
  }

  /** Returns the exported attributes of a point: with the task's label, if there is one. */
  labelled(scope: ScopeMetricsLike["scope"], data: MetricDataLike, given: Attributes): Attributes {
    const { registry, instanceLabel } = this.#context;
    if (!registry.form.instanceFollowsTask) return given;
    if (!this.isOwn(scope, data)) return given;
    const instance = instanceLabel();
    if (instance === undefined) return given;
    // Use one object per number, because merged attributes are cached by it.
    if (this.#labels?.instance !== instance) this.#labels = { instance };
    return withConstants(given, this.#labels);
  }

  /**
   * Whether these are our metrics from the SDK's instruments, for other readers. This reader gets them
   * directly.
   */
  #isCopy({ scope }: ScopeMetricsLike): boolean {
    const { registry } = this.#context;
    return registry.isWhole && registry.isCopied && registry.ownsMeter(scope);
  }

  #present(scope: ScopeMetricsLike, data: MetricDataLike): MetricDataLike[] {
    const { registry } = this.#context;
    const meter = scope.scope.name;
    if (this.#isCopy(scope)) return [];
    const metric = registry.find(meter, data.descriptor.name);
    if (metric === undefined) return registry.isGone(meter, data.descriptor.name) ? [] : [data];
    // The instrument still has old values from before the metric became global.
    if (metric.globalRun !== undefined) return [];
    if (this.#isStray(metric, scope, data)) return [];
    // If a view changes the labels, they do not identify one of our series.
    if (!mayHaveAbsent(metric) || this.#streams.isProcessed(metric)) return [data];
    const dataPoints = data.dataPoints.filter((point) => !metric.isAbsent(point.attributes));
    if (dataPoints.length === data.dataPoints.length) return [data];
    return dataPoints.length === 0 ? [] : [{ ...data, dataPoints }];
  }

  /** Whether this is a second stream of a metric whose view gives it another name. Logs the problem. */
  #isStray({ spec }: Metric, scope: ScopeMetricsLike, data: MetricDataLike): boolean {
    const { registry } = this.#context;
    const name = registry.form.nameOf(spec);
    if (data.descriptor.name === name || !registry.views.carries(spec)) return false;
    if (scope.metrics.some(({ descriptor }) => descriptor.name === name)) {
      this.#report.warnOnce(
        "stray-view",
        `Another view than ours matches ${spec.name} and makes a second stream of it, which attached readers leave out; let that view select other meters`,
      );
      return true;
    }
    this.#report.warnOnce(
      "views",
      `${spec.name} is exported without its name and constant labels, because the SDK was built without our views: add "views: taskmon.views" to its options`,
    );
    return false;
  }
}

/** Whether the SDK may still have a point of the metric that must be left out. */
function mayHaveAbsent(metric: Metric): boolean {
  return metric.hasRemoved || metric.spec.kind === "gauge" || metric.spec.kind === "state";
}
