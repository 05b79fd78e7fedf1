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

/** Choices that servers and clients have alike. */
export interface SideOptions<Request, Response> {
  /**
   * Requests for which this is true are not measured at all. Called once per request, at its start;
   * where it throws, the request is measured.
   * @default none is ignored
   */
  readonly ignore?: (request: Request) => boolean;
  /** Further labels of the three histograms, whose values `attributes` gives. @default none */
  readonly labels?: LabelDeclaration;
  /**
   * The values of `labels` for one request, asked for at its end. A value of another type than
   * declared, and every value where the hook throws, is left out.
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
   * Take `url.scheme` from `Forwarded` or `X-Forwarded-Proto`. Anyone can send these: true only where
   * every request comes through a proxy that sets them.
   * @default false
   */
  readonly trustForwarded?: boolean;
  /**
   * Routes told apart; further ones share the label value `_OTHER`, so that texts of requests that were
   * taken for routes make no series without end.
   * @default 500
   */
  readonly maxRoutes?: number;
}

/** Options of the clients' metrics, of fetch too. */
export interface HttpClientOptions extends SideOptions<ClientRequestView, ClientResponseView> {
  readonly metrics?: HttpClientMetrics;
  /** Hosts told apart; further ones share the label value `_OTHER`. @default 200 */
  readonly maxHosts?: number;
  /**
   * Whether durations and sizes have `url.scheme`, which the semantic conventions make opt-in there.
   * @default false
   */
  readonly urlScheme?: boolean;
}

/**
 * What becomes of our durations where OpenTelemetry's own instrumentation measures the same requests
 * for the same MeterProvider. `auto`: ours are dropped while theirs are there.
 */
export type DurationsChoice = "auto" | "always" | "never";
