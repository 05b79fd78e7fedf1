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
  /**
   * The format, as in a scraper's `Accept` header. Protobuf is not possible, because it is not text. @default
   * text 0.0.4
   */
  readonly accept?: string;
}

/**
 * A metric reader for OpenTelemetry's SDK, 2.x and 3.x, that answers Prometheus' scrapes. Put it into
 * `metricReaders`, where a Taskmon object finds it, or pass it to `startScrapeEndpoint`.
 */
export interface PrometheusReader {
  /** Answers GET and HEAD for any path, for `node:http`, Express, Fastify's raw request, and so on. */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void;
  /** The same for servers that use `Request` and `Response`: Next.js, Hono, Bun, Deno. Never rejects. */
  readonly respond: (request: Request) => Promise<Response>;
  /** Returns the exposition as text. Rejects if it cannot be collected. */
  text(options?: TextOptions): Promise<string>;
  /** The handler under the name that OpenTelemetry's `PrometheusExporter` uses. */
  getMetricsRequestHandler(request: IncomingMessage, response: ServerResponse): void;
  /** Returns the SDK's `CollectionResult`. We do not import its type, and `never` is compatible with it. */
  collect(options?: { timeoutMillis?: number }): Promise<never>;
  forceFlush(options?: { timeoutMillis?: number }): Promise<void>;
  shutdown(options?: { timeoutMillis?: number }): Promise<void>;
  // The methods that the SDK requires of a reader.
  setMetricProducer(producer: MetricProducerLike): void;
  selectAggregation(instrumentType: string): never;
  selectAggregationTemporality(instrumentType?: string): number;
  selectCardinalityLimit(instrumentType?: string): number;
}

/**
 * Creates a reader that answers Prometheus' scrapes.
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

/** Used as long as there is no MeterProvider. */
const NO_PRODUCER: MetricProducerLike = { collect: () => Promise.resolve(NOTHING) };

/** The SDK's own limit of series per instrument. */
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
      throw new Error(
        "This prometheusReader() already belongs to a MeterProvider; create another one",
      );
    }
    this.#producer = producer;
  }

  get streamSource(): StreamSource | undefined {
    return this.#source;
  }

  /** Taskmon calls this when it attaches the reader. */
  setStreamSource(source: StreamSource | undefined): void {
    this.#source = source;
  }

  /** Taskmon reads this when it attaches the reader, and then keeps exponential buckets too. */
  get nativeHistograms(): boolean {
    return this.#settings.exposition.nativeHistograms;
  }

  selectAggregation(instrumentType: string): never {
    return this.#settings.aggregationSelector(instrumentType) as never;
  }

  /** Prometheus supports no other temporality. */
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
        // The resource of the other producers is ignored, as by the SDK's own readers.
        resource: results[0]!.resourceMetrics.resource,
        scopeMetrics: results.flatMap((each) => each.resourceMetrics.scopeMetrics),
      },
      errors: results.flatMap((each) => each.errors),
    };
  }

  async forceFlush(): Promise<void> {
    // Nothing to flush: a scrape collects the current values.
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
