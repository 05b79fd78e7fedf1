import type { IncomingHttpHeaders } from "node:http";
import type { LabelDeclaration } from "../metrics/index.ts";

/** A request that a server received, as hooks get it. A request of `node:http` has this shape. */
export interface ServerRequestView {
  readonly method?: string | undefined;
  /** Path and query, as in the request line. */
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

/** A server's response, as hooks get it. A response of `node:http` has this shape. */
export interface ServerResponseView {
  readonly statusCode: number;
  getHeader(name: string): number | string | string[] | undefined;
}

/** A request that this process sends, as hooks get it. */
export interface ClientRequestView {
  readonly method: string;
  /** `http` or `https`. */
  readonly scheme: string;
  /** The requested host, without the port. */
  readonly host: string;
  readonly port: number;
  /** Path and query. */
  readonly path: string;
}

/** A response that this process received, as hooks get it. */
export interface ClientResponseView {
  /** Undefined if no header block was received. */
  readonly statusCode: number | undefined;
}

/** The values that an `attributes` hook returns. Keys that `labels` does not declare are ignored. */
export type HookLabels = Readonly<Record<string, string | number | boolean | undefined>>;

/** Options that servers and clients share. */
export interface SideOptions<Request, Response> {
  /**
   * Requests for which this returns true are not measured at all. Called once per request, at its start; if
   * it throws, the request is measured.
   * @default ignores no request
   */
  readonly ignore?: (request: Request) => boolean;
  /** Additional labels of the three histograms. `attributes` returns their values. @default none */
  readonly labels?: LabelDeclaration;
  /**
   * Returns the values of `labels` for one request. Called at its end. Values of a wrong type are left out;
   * if the hook throws, all values are left out.
   */
  readonly attributes?: (request: Request, response: Response) => HookLabels | undefined;
  /** Upper bounds of the histograms' buckets, inclusive and increasing. */
  readonly buckets?: HttpBuckets;
}

/** Upper bounds of buckets. */
export interface HttpBuckets {
  /** Bounds for durations, in seconds. @default the bounds of the HTTP semantic conventions */
  readonly durationS?: readonly number[];
  /** Bounds for body sizes, in bytes. @default 0 and powers of two from 128 to 2^30 */
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
   * The most distinct routes. More routes share the label value `_OTHER`, so that an unbounded number of
   * routes does not create an unbounded number of series.
   * @default 500
   */
  readonly maxRoutes?: number;
}

/** Options of the client metrics, including fetch. */
export interface HttpClientOptions extends SideOptions<ClientRequestView, ClientResponseView> {
  readonly metrics?: HttpClientMetrics;
  /** The most distinct hosts. More hosts share the label value `_OTHER`. @default 200 */
  readonly maxHosts?: number;
  /**
   * Whether durations and sizes have the label `url.scheme`, which is opt-in in the semantic conventions.
   * @default false
   */
  readonly urlScheme?: boolean;
}

/**
 * Whether we record durations if OpenTelemetry's own instrumentation records the same requests in the same
 * MeterProvider. `auto` drops our duration of a request that it has recorded.
 */
export type DurationsChoice = "auto" | "always" | "never";
