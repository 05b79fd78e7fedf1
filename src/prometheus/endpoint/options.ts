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

/** A Taskmon object, as far as the endpoint uses it. */
export interface ReaderHost {
  attach(reader: PrometheusReader): unknown;
}

/** What answers a scrape: a `prometheusReader()`, or a `PrometheusExporter` of either SDK line. */
export interface ScrapeHandler {
  getMetricsRequestHandler(request: IncomingMessage, response: ServerResponse): void;
}

/** Keys and certificates of the scrape endpoint. */
export type ScrapeTls = ServerTls;

/** Options of {@link startScrapeEndpoint}. */
export interface ScrapeEndpointOptions {
  /**
   * Whose metrics are served, without an exporter or an SDK: a {@link prometheusReader} is made and
   * attached to it. What instruments of an SDK measure reaches only a reader in the SDK's own
   * `metricReaders`; give that as `exporter` then. One of the two is needed.
   */
  readonly taskmon?: ReaderHost;
  /** How the metrics of `taskmon` are written. @default as {@link prometheusReader} does by default */
  readonly prometheus?: Omit<PrometheusOptions, "timeoutMs" | "clock">;
  /**
   * A `prometheusReader()`; or a `PrometheusExporter` of OpenTelemetry, made with
   * `preventServerStart: true`, so that it has no server of its own.
   */
  readonly exporter?: ScrapeHandler;
  /** The port; 0 picks a free one. @default 4444 */
  readonly port?: number;
  /** The address to listen on. @default `127.0.0.1`: this machine only */
  readonly host?: string;
  /** @default `/metrics` */
  readonly path?: string;
  /**
   * Serve HTTPS, TLS 1.2 or later. A function is asked at every start, so that `restart` takes up a
   * renewed certificate. @default plain HTTP
   */
  readonly tls?: ScrapeTls | (() => ScrapeTls);
  /** Only requests with `Authorization: Bearer <this>` are answered. @default any request */
  readonly bearerToken?: string;
  /**
   * Whether the exporter holds its metrics back now, so that a scrape is answered with 503 and not with
   * an exposition that lacks them: `() => taskmon.readers.isHeld(exporter)` for one that was attached with
   * `hold: true`. Asked at each scrape; where it throws, the exporter answers. @default never
   */
  readonly isHeld?: () => boolean;
  /** The longest that an answer may take; after that it is 503. @default 10000 */
  readonly timeoutMs?: number;
  /** The wait before the next attempt where it cannot listen. @default 10000 */
  readonly retryMs?: number;
  /** The longest that `stop` waits for scrapes under way. @default 5000 */
  readonly stopTimeoutMs?: number;
  /** An OpenTelemetry Logger or LoggerProvider, which gets as log records what `on` tells. @default nowhere */
  readonly events?: EventSink | EventSinkProvider;
  /** For tests. @default the machine's clock */
  readonly clock?: Clock;
}

/** The options, checked, each with a value. */
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
    // Last: it attaches a reader, which nobody undoes.
    exporter: exporterOption(given),
  };
}

function exporterOption(given: Partial<ScrapeEndpointOptions>): ScrapeHandler {
  const { taskmon, exporter, prometheus, timeoutMs, clock } = given;
  if (taskmon === undefined || exporter !== undefined) {
    for (const name of ["taskmon", "prometheus"] as const) {
      if (given[name] === undefined) continue;
      throw new InvalidOptionError(`scrape.${name}`, "left out beside exporter", given[name]);
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
  // The form of RFC 6750, section 2.1. The value itself belongs in no message.
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
