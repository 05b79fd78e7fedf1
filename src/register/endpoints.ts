import type { IncomingMessage, ServerResponse } from "node:http";
import type { MeterProvider } from "@opentelemetry/api";
import { healthHandler } from "../health/index.ts";
import {
  prometheusReader,
  type PrometheusReader,
  type ScrapeEndpoint,
  startScrapeEndpoint,
} from "../prometheus/index.ts";
import { addReader } from "../sdk/add-reader.ts";
import { listen, type Listening } from "../serve/server.ts";
import { systemClock } from "../shared/clock.ts";
import type { Taskmon } from "../taskmon/taskmon.ts";
import type { StartReport } from "./console.ts";
import type { Values } from "./variables.ts";

/** How long the requests under way are waited for at the end. */
const CLOSE_TIMEOUT_MS = 1_000;

/** `/metrics` on its own port. Its reader can be replaced, because a reader belongs to one MeterProvider. */
export class Scrape {
  #reader: PrometheusReader = prometheusReader();
  #endpoint: Promise<ScrapeEndpoint> | undefined;

  /** The reader that answers now. */
  get reader(): PrometheusReader {
    return this.#reader;
  }

  /** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
  listen(values: Values): void {
    const { TASKMON_SCRAPE_PORT: port = 0, TASKMON_SCRAPE_HOST: host } = values;
    const { TASKMON_SCRAPE_TOKEN: bearerToken } = values;
    const exporter = {
      getMetricsRequestHandler: (request: IncomingMessage, response: ServerResponse): void =>
        this.#reader.getMetricsRequestHandler(request, response),
    };
    this.#endpoint = startScrapeEndpoint({
      ...{ exporter, port },
      ...(host !== undefined && { host }),
      ...(bearerToken !== undefined && { bearerToken }),
    });
  }

  /**
   * Shows the instruments of `provider` too.
   * @returns the reader that answered before, where another one does now
   */
  show(provider: MeterProvider): PrometheusReader | undefined {
    const reader = prometheusReader();
    if (!addReader(provider, reader)) return undefined;
    const before = this.#reader;
    this.#reader = reader;
    return before;
  }

  async stop(): Promise<void> {
    await (await this.#endpoint)?.stop();
  }
}

/** The answers of health checks on a port of their own. */
export class HealthServer {
  readonly #server: Promise<Listening | undefined>;

  /** Undefined where no variable asks for one. */
  static of(taskmon: Taskmon, values: Values, report: StartReport): HealthServer | undefined {
    const { TASKMON_HEALTH_PORT: port, TASKMON_HEALTH_HOST: host = "0.0.0.0" } = values;
    return port === undefined ? undefined : new HealthServer(taskmon, { host, port }, report);
  }

  private constructor(
    taskmon: Taskmon,
    address: { readonly host: string; readonly port: number },
    report: StartReport,
  ) {
    const failed = `Health is not answered at ${address.host}:${address.port}`;
    this.#server = listen(address, undefined, healthHandler(taskmon.health)).catch(
      (error: unknown) => {
        report.warnOnce("health", failed, error);
        return undefined;
      },
    );
  }

  async stop(): Promise<void> {
    await (await this.#server)?.close(systemClock(), CLOSE_TIMEOUT_MS);
  }
}
