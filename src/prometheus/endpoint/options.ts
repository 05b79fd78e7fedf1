import type { IncomingMessage, ServerResponse } from "node:http";
import { type Clock, systemClock } from "../../shared/clock.ts";
import { type EventSink, type EventSinkProvider, eventsOption } from "../../shared/events.ts";
import { InvalidOptionError, SECRET } from "../../shared/errors.ts";
import {
  integerOption,
  methodsOption,
  numberOption,
  optionsObject,
  textOption,
} from "../../shared/options.ts";
import { DEFAULT_METRICS_HTTP_PORT } from "../../shared/metrics-service.ts";
import type { ServerTls } from "../../serve/tls.ts";
import type { PrometheusOptions } from "../options.ts";
import { prometheusReader, type PrometheusReader } from "../reader.ts";

/** The part of a Taskmon object that the endpoint uses. */
export interface ReaderHost {
  attach(reader: PrometheusReader): unknown;
}

/** Answers a scrape: a `prometheusReader()`, or a `PrometheusExporter` of SDK 2.x or 3.x. */
export interface ScrapeHandler {
  getMetricsRequestHandler(request: IncomingMessage, response: ServerResponse): void;
}

/** The key and certificate of the scrape endpoint. */
export type ScrapeTls = ServerTls;

/** Options of {@link startScrapeEndpoint}. */
export interface ScrapeEndpointOptions {
  /**
   * The Taskmon object whose metrics are served. The endpoint creates a {@link prometheusReader} and attaches
   * it, so you need no exporter and no SDK. Measurements of an SDK's instruments reach only a reader in the
   * SDK's own `metricReaders`: to serve them, pass that reader as `exporter`. Set either `taskmon` or
   * `exporter`.
   */
  readonly taskmon?: ReaderHost;
  /** How the metrics of `taskmon` are written. @default the defaults of {@link prometheusReader} */
  readonly prometheus?: Omit<PrometheusOptions, "timeoutMs" | "clock">;
  /**
   * A `prometheusReader()`, or a `PrometheusExporter` of OpenTelemetry that was created with
   * `preventServerStart: true`, so that it has no server of its own.
   */
  readonly exporter?: ScrapeHandler;
  /** The port. 0 picks a free one. @default 4444 */
  readonly port?: number;
  /** The address to listen on. @default `127.0.0.1`: this machine only */
  readonly host?: string;
  /** @default `/metrics` */
  readonly path?: string;
  /**
   * Serves HTTPS with TLS 1.2 or later. A function is called at every start, so that `restart` uses a renewed
   * certificate. @default plain HTTP
   */
  readonly tls?: ScrapeTls | (() => ScrapeTls);
  /** Answers only requests with the header `Authorization: Bearer <this>`. @default any request */
  readonly bearerToken?: string;
  /**
   * Whether the exporter holds its metrics back now. A scrape then gets a 503, not an exposition without
   * these metrics. Use `() => taskmon.readers.isHeld(exporter)` for an exporter that was attached with
   * `hold: true`. It is called at each scrape; if it throws, the exporter answers. @default never
   */
  readonly isHeld?: () => boolean;
  /** The time limit of an answer. After it the scrape gets a 503. @default 10000 */
  readonly timeoutMs?: number;
  /** The wait before the next attempt if the endpoint cannot listen. @default 10000 */
  readonly retryMs?: number;
  /** The longest time that `stop` waits for running scrapes. @default 5000 */
  readonly stopTimeoutMs?: number;
  /** An OpenTelemetry Logger or LoggerProvider. It gets each event of `on` as a log record. @default none */
  readonly events?: EventSink | EventSinkProvider;
  /** For tests. @default the machine's clock */
  readonly clock?: Clock;
}

/** The checked options, with defaults filled in. */
export interface ScrapeSettings {
  readonly exporter: ScrapeHandler;
  readonly port: number;
  readonly host: string;
  readonly path: string;
  readonly tls: (() => ScrapeTls) | undefined;
  readonly bearerToken: string | undefined;
  readonly isHeld: () => boolean;
  readonly timeoutMs: number;
  readonly retryMs: number;
  readonly stopTimeoutMs: number;
  readonly events: EventSink | EventSinkProvider | undefined;
  readonly clock: Clock;
}

const MAX_WAIT_MS = 86_400_000;

const OPTIONS: readonly (keyof ScrapeEndpointOptions)[] = [
  ...([
    "taskmon",
    "prometheus",
    "exporter",
    "port",
    "host",
    "path",
    "tls",
    "bearerToken",
    "isHeld",
  ] as const),
  ...(["timeoutMs", "retryMs", "stopTimeoutMs", "events", "clock"] as const),
];

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
export function scrapeSettings(options: ScrapeEndpointOptions): ScrapeSettings {
  const given = optionsObject("scrape", options, OPTIONS);
  const wait = (name: "timeoutMs" | "retryMs" | "stopTimeoutMs", byDefault: number): number =>
    numberOption(`scrape.${name}`, given[name], { min: 1, max: MAX_WAIT_MS, default: byDefault });
  return {
    port: integerOption("scrape.port", given.port, {
      min: 0,
      max: 65_535,
      default: DEFAULT_METRICS_HTTP_PORT,
    }),
    host: textOption("scrape.host", given.host ?? "127.0.0.1"),
    path: pathOption(given.path ?? "/metrics"),
    tls: tlsOption(given.tls),
    bearerToken: tokenOption(given.bearerToken),
    isHeld: functionOption("scrape.isHeld", given.isHeld) ?? ((): boolean => false),
    timeoutMs: wait("timeoutMs", 10_000),
    retryMs: wait("retryMs", 10_000),
    stopTimeoutMs: wait("stopTimeoutMs", 5_000),
    events: eventsOption("scrape.events", given.events),
    clock: given.clock ?? systemClock(),
    // Keep this last: it attaches a reader, which is never undone.
    exporter: exporterOption(given),
  };
}

function exporterOption(given: Partial<ScrapeEndpointOptions>): ScrapeHandler {
  const { taskmon, exporter, prometheus, timeoutMs, clock } = given;
  if (taskmon === undefined || exporter !== undefined) {
    for (const name of ["taskmon", "prometheus"] as const) {
      if (given[name] === undefined) continue;
      throw new InvalidOptionError(
        `scrape.${name}`,
        "left out, because exporter is set",
        given[name],
      );
    }
    return methodsOption("scrape.exporter", exporter!, ["getMetricsRequestHandler"]);
  }
  methodsOption("scrape.taskmon", taskmon, ["attach"]);
  const reader = prometheusReader({
    ...prometheus,
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(clock !== undefined && { clock }),
  });
  taskmon.attach(reader);
  return reader;
}

function pathOption(path: string): string {
  if (typeof path === "string" && /^\/[\w\-.~!$&'()*+,;=:@%/]*$/.test(path)) return path;
  throw new InvalidOptionError("scrape.path", "a path that begins with / and has no query", path);
}

function tlsOption(tls: ScrapeEndpointOptions["tls"]): ScrapeSettings["tls"] {
  if (tls === undefined || typeof tls === "function") return tls;
  const { key, cert } = optionsObject("scrape.tls", tls, ["key", "cert", "passphrase", "clientCa"]);
  if (key === undefined) throw new InvalidOptionError("scrape.tls.key", "a key in PEM", key);
  if (cert === undefined)
    throw new InvalidOptionError("scrape.tls.cert", "a certificate in PEM", cert);
  return () => tls;
}

function tokenOption(token: string | undefined): string | undefined {
  // The form is that of RFC 6750, section 2.1. No message may show the value.
  if (token === undefined || (typeof token === "string" && /^[\w\-.~+/]+=*$/.test(token)))
    return token;
  throw new InvalidOptionError(
    "scrape.bearerToken",
    "a token of letters, digits and - . _ ~ + / =",
    SECRET,
  );
}

function functionOption<T>(option: string, value: T | undefined): T | undefined {
  if (value === undefined || typeof value === "function") return value;
  throw new InvalidOptionError(option, "a function", value);
}
