import type { IncomingMessage, ServerResponse } from "node:http";
import type { StreamReader, StreamSource } from "../points/streams.ts";
import { CUMULATIVE, type Collected } from "../points/types.ts";
import { createReporter } from "../shared/report.ts";
import type { Answering } from "./answers/answering.ts";
import { Bodies } from "./answers/bodies.ts";
import { answerFetch } from "./answers/fetch-answer.ts";
import { answerNode } from "./answers/node-answer.ts";
import { type Contents, Exposition } from "./exposition.ts";
import { Gatherer } from "./gather.ts";
import { negotiate } from "./negotiation/negotiate.ts";
import {
  type MetricProducerLike,
  type PrometheusOptions,
  type PrometheusSettings,
  prometheusSettings,
} from "./options.ts";

/** Options of {@link PrometheusReader.text}. */
export interface TextOptions {
  /** The format, as a scraper's `Accept` header asks for it; not protobuf, which is no text. @default text 0.0.4 */
  readonly accept?: string;
}

/**
 * A reader of OpenTelemetry's SDK, of both release lines, that answers Prometheus' scrapes. It goes into
 * `metricReaders`, where a Taskmon object finds it; or `startScrapeEndpoint` is given it.
 */
export interface PrometheusReader {
  /** Answers GET and HEAD of any path, for `node:http`, Express, Fastify's raw request, and so on. */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void;
  /** The same for servers in the style of fetch: Next.js, Hono, Bun, Deno. Never rejects. */
  readonly respond: (request: Request) => Promise<Response>;
  /** The exposition as text. Rejects where nothing can be collected. */
  text(options?: TextOptions): Promise<string>;
  /** As OpenTelemetry's `PrometheusExporter` names its handler. */
  getMetricsRequestHandler(request: IncomingMessage, response: ServerResponse): void;
  /** Gives the SDK's `CollectionResult`, whose type we do not import: `never` fits in its place. */
  collect(options?: { timeoutMillis?: number }): Promise<never>;
  forceFlush(options?: { timeoutMillis?: number }): Promise<void>;
  shutdown(options?: { timeoutMillis?: number }): Promise<void>;
  // What the SDK asks of a reader.
  setMetricProducer(producer: MetricProducerLike): void;
  selectAggregation(instrumentType: string): never;
  selectAggregationTemporality(instrumentType?: string): number;
  selectCardinalityLimit(instrumentType?: string): number;
}

/**
 * Makes a reader that answers Prometheus' scrapes.
 *
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for a wrong option
 */
export function prometheusReader(options?: PrometheusOptions): PrometheusReader {
  return new Reader(prometheusSettings(options)) as never;
}

const NOTHING: Collected = {
  resourceMetrics: { resource: { attributes: {} }, scopeMetrics: [] },
  errors: [],
};

/** Stands where there is no MeterProvider. */
const NO_PRODUCER: MetricProducerLike = { collect: () => Promise.resolve(NOTHING) };

/** The SDK's own limit of series for one instrument. */
const CARDINALITY_LIMIT = 2_000;

class Reader implements Omit<PrometheusReader, "collect">, StreamReader {
  readonly #settings: PrometheusSettings;
  readonly #report = createReporter("prometheus");
  readonly #exposition: Exposition;
  readonly #gatherer = new Gatherer();
  readonly #answering: Answering;
  #producer: MetricProducerLike | undefined;
  #source: StreamSource | undefined;
  #isShutDown = false;

  constructor(settings: PrometheusSettings) {
    const { exposition, clock, timeoutMs } = settings;
    this.#settings = settings;
    this.#exposition = new Exposition(exposition);
    const bodies = new Bodies(async (format) =>
      this.#exposition.write(await this.#gather(), format),
    );
    this.#answering = { bodies, clock, timeoutMs, report: this.#report };
  }

  readonly handler = (request: IncomingMessage, response: ServerResponse): void => {
    void answerNode(this.#answering, request, response);
  };

  readonly respond = (request: Request): Promise<Response> => answerFetch(this.#answering, request);

  async text({ accept }: TextOptions = {}): Promise<string> {
    const format = negotiate(accept);
    const body = await this.#answering.bodies.get(
      format.syntax === "protobuf" ? negotiate(undefined) : format,
    );
    const release = body.hold();
    const text = Buffer.concat(body.chunks).toString();
    release(true);
    return text;
  }

  getMetricsRequestHandler(request: IncomingMessage, response: ServerResponse): void {
    this.handler(request, response);
  }

  setMetricProducer(producer: MetricProducerLike): void {
    if (this.#producer !== undefined) {
      throw new Error("A prometheusReader() belongs to one MeterProvider; make another one");
    }
    this.#producer = producer;
  }

  get streamSource(): StreamSource | undefined {
    return this.#source;
  }

  /** What Taskmon gives it when it attaches it. */
  setStreamSource(source: StreamSource | undefined): void {
    this.#source = source;
  }

  /** Asked when it is attached: what is kept for it follows from that. */
  get nativeHistograms(): boolean {
    return this.#settings.exposition.nativeHistograms;
  }

  selectAggregation(instrumentType: string): never {
    return this.#settings.aggregationSelector(instrumentType) as never;
  }

  /** Prometheus knows nothing else. */
  selectAggregationTemporality(): number {
    return CUMULATIVE;
  }

  selectCardinalityLimit(): number {
    return CARDINALITY_LIMIT;
  }

  async collect(options?: { timeoutMillis?: number }): Promise<Collected> {
    if (this.#isShutDown) return NOTHING;
    const { metricProducers } = this.#settings;
    const results = await Promise.all(
      [this.#producer ?? NO_PRODUCER, ...metricProducers].map((each) => each.collect(options)),
    );
    return {
      resourceMetrics: {
        // What further producers say of it does not count, as for the SDK's own readers.
        resource: results[0]!.resourceMetrics.resource,
        scopeMetrics: results.flatMap((each) => each.resourceMetrics.scopeMetrics),
      },
      errors: results.flatMap((each) => each.errors),
    };
  }

  async forceFlush(): Promise<void> {
    // Whoever scrapes gets what there is then.
  }

  async shutdown(): Promise<void> {
    this.#isShutDown = true;
    this.#exposition.clear();
  }

  #gather(): Promise<Contents> {
    const { clock, timeoutMs } = this.#settings;
    const source = this.#source;
    return this.#gatherer.gather({
      ...{ clock, timeoutMs, source, report: this.#report },
      collect: (options) => this.collect(options),
      isDirect: source !== undefined && this.collect === source.collect,
    });
  }
}
