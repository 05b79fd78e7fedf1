import type { IncomingHttpHeaders } from "node:http";
import type { LabelDeclaration } from "../metrics/index.ts";

/** What hooks see of a request that a server received; `node:http`'s request is one. */
export interface ServerRequestView {
  readonly method?: string | undefined;
  /** As in the request line: path and query. */
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** What hooks see of a server's response; `node:http`'s response is one. */
export interface ServerResponseView {
  readonly statusCode: number;
  getHeader(name: string): number | string | string[] | undefined;
}

/** What hooks see of a request that this process sends. */
export interface ClientRequestView {
  readonly method: string;
  /** `http` or `https`. */
  readonly scheme: string;
  /** The host that was asked for, without its port. */
  readonly host: string;
  readonly port: number;
  /** Path and query. */
  readonly path: string;
}

/** What hooks see of a response that this process was sent. */
export interface ClientResponseView {
  /** Undefined where no header block came. */
  readonly statusCode: number | undefined;
}

/** The values that an `attributes` hook gives: keys that `labels` does not declare are passed over. */
export type HookLabels = Readonly<Record<string, string | number | boolean | undefined>>;

/** Options that servers and clients share. */
export interface SideOptions<Request, Response> {
  /**
   * Requests for which this returns true are not measured at all. Called once per request, at its start; if
   * it throws, the request is measured.
   * @default none is ignored
   */
  readonly ignore?: (request: Request) => boolean;
  /** Further labels of the three histograms; `attributes` returns their values. @default none */
  readonly labels?: LabelDeclaration;
  /**
   * Returns the values of `labels` for one request; called at its end. Values of a wrong type are omitted;
   * if the hook throws, all values are.
   */
  readonly attributes?: (request: Request, response: Response) => HookLabels | undefined;
  /** Upper bounds of the histograms' buckets, inclusive and increasing. */
  readonly buckets?: HttpBuckets;
}

/** Upper bounds of buckets. */
export interface HttpBuckets {
  /** Of durations, in seconds. @default those that the HTTP semantic conventions advise */
  readonly durationS?: readonly number[];
  /** Of body sizes, in bytes. @default 0 and powers of two from 128 to 2^30 */
  readonly sizeBytes?: readonly number[];
}

/** Which of a server's metrics are on. */
export interface HttpServerMetrics {
  /** `http.server.request.duration`. @default true */
  readonly requestDuration?: boolean;
  /** `http.server.request.body.size`. @default true */
  readonly requestBodySize?: boolean;
  /** `http.server.response.body.size`. @default true */
  readonly responseBodySize?: boolean;
  /** `http.server.active_requests`. @default true */
  readonly activeRequests?: boolean;
}

/** Which of a client's metrics are on. */
export interface HttpClientMetrics {
  /** `http.client.request.duration`. @default true */
  readonly requestDuration?: boolean;
  /** `http.client.request.body.size`. @default true */
  readonly requestBodySize?: boolean;
  /** `http.client.response.body.size`. @default true */
  readonly responseBodySize?: boolean;
  /** `http.client.active_requests`. @default true */
  readonly activeRequests?: boolean;
  /** `http.client.open_connections`. @default true */
  readonly openConnections?: boolean;
}

/** Options of the servers' metrics. */
export interface HttpServerOptions extends SideOptions<ServerRequestView, ServerResponseView> {
  readonly metrics?: HttpServerMetrics;
  /**
   * Whether to take `url.scheme` from `Forwarded` or `X-Forwarded-Proto`. Anyone can send these headers:
   * use true only if every request comes through a proxy that sets them.
   * @default false
   */
  readonly trustForwarded?: boolean;
  /**
   * The most distinct routes; further ones share the label value `_OTHER`, so that unbounded route values
   * do not create unbounded series.
   * @default 500
   */
  readonly maxRoutes?: number;
}

/** Options of the client metrics, including fetch. */
export interface HttpClientOptions extends SideOptions<ClientRequestView, ClientResponseView> {
  readonly metrics?: HttpClientMetrics;
  /** The most distinct hosts; further ones share the label value `_OTHER`. @default 200 */
  readonly maxHosts?: number;
  /**
   * Whether durations and sizes have the label `url.scheme`, which is opt-in in the semantic conventions.
   * @default false
   */
  readonly urlScheme?: boolean;
}

/**
 * What becomes of our durations where OpenTelemetry's own instrumentation measures the same requests
 * for the same MeterProvider. `auto`: ours are dropped while theirs are there.
 */
export type DurationsChoice = "auto" | "always" | "never";
