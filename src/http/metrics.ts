import { defineHistogram, defineUpDownCounter, type MetricSpec } from "../metrics/index.ts";

/** The labels of a request that a server of this process received. */
export interface ServerRequestLabels {
  readonly "http.request.method": string;
  readonly "url.scheme": string;
  readonly "http.response.status_code"?: number | undefined;
  readonly "network.protocol.version"?: string | undefined;
  readonly "http.route"?: string | undefined;
  readonly "error.type"?: string | undefined;
  readonly "user_agent.synthetic.type"?: string | undefined;
}

/** The labels of the requests that a server of this process is working on. */
export interface ServerActiveLabels {
  readonly "http.request.method": string;
  readonly "url.scheme": string;
}

/** The labels of a request that this process sent. */
export interface ClientRequestLabels {
  readonly "http.request.method": string;
  readonly "server.address": string;
  readonly "server.port"?: number | undefined;
  /** Only if the option `urlScheme` is on. */
  readonly "url.scheme"?: string | undefined;
  readonly "http.response.status_code"?: number | undefined;
  readonly "network.protocol.version"?: string | undefined;
  readonly "error.type"?: string | undefined;
  readonly "url.template"?: string | undefined;
  /** The target service, if a guard forwarded the request. */
  readonly "service.peer.name"?: string | undefined;
}

/** The labels of the requests that this process waits for. */
export interface ClientActiveLabels {
  readonly "http.request.method": string;
  readonly "server.address": string;
  readonly "server.port"?: number | undefined;
  readonly "url.scheme": string;
  readonly "url.template"?: string | undefined;
}

/** The labels of the connections that this process opened. */
export interface ClientConnectionLabels {
  /** `active` while a request uses the connection, otherwise `idle`. */
  readonly "http.connection.state": string;
  readonly "server.address": string;
  readonly "server.port"?: number | undefined;
  readonly "url.scheme": string;
}

/** The service that owns the metrics of HTTP. */
const service = { id: "0x7461736b6d6f6e02", name: "taskmon.http" };

/** The bucket bounds of the HTTP semantic conventions for durations, in seconds. */
const DURATION_BUCKETS = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/**
 * The bucket bounds for body sizes, in bytes. The conventions have none. The first bucket is for empty
 * bodies.
 */
const SIZE_BUCKETS = [
  0, 128, 512, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864,
  268_435_456, 1_073_741_824,
];

const serverLabels = {
  "http.request.method": "string",
  "url.scheme": "string",
  "http.response.status_code": "int?",
  "network.protocol.version": "string?",
  "http.route": "string?",
  "error.type": "string?",
  "user_agent.synthetic.type": "string?",
} as const;

const clientLabels = {
  "http.request.method": "string",
  "server.address": "string",
  "server.port": "int?",
  "url.scheme": "string?",
  "http.response.status_code": "int?",
  "network.protocol.version": "string?",
  "error.type": "string?",
  "url.template": "string?",
  "service.peer.name": "string?",
} as const;

/**
 * The duration of requests to HTTP servers of this process: from the end of the request's header block until
 * the response was passed to the operating system, or the connection was lost.
 */
export const serverRequestDuration: MetricSpec<"histogram", ServerRequestLabels> = defineHistogram({
  service,
  id: "0x1",
  name: "http.server.request.duration",
  help: "Duration of HTTP server requests.",
  unit: "s",
  labels: serverLabels,
  buckets: DURATION_BUCKETS,
});

/**
 * The sizes of the bodies that HTTP servers of this process received, as transferred, so after compression.
 */
export const serverRequestBodySize: MetricSpec<"histogram", ServerRequestLabels> = defineHistogram({
  service,
  id: "0x2",
  name: "http.server.request.body.size",
  help: "Size of HTTP server request bodies.",
  unit: "By",
  labels: serverLabels,
  buckets: SIZE_BUCKETS,
});

/** The sizes of the bodies that HTTP servers of this process sent, as transferred. */
export const serverResponseBodySize: MetricSpec<"histogram", ServerRequestLabels> = defineHistogram(
  {
    service,
    id: "0x3",
    name: "http.server.response.body.size",
    help: "Size of HTTP server response bodies.",
    unit: "By",
    labels: serverLabels,
    buckets: SIZE_BUCKETS,
  },
);

/** The number of unfinished requests to HTTP servers of this process. */
export const serverActiveRequests: MetricSpec<"upDownCounter", ServerActiveLabels> =
  defineUpDownCounter({
    service,
    id: "0x4",
    name: "http.server.active_requests",
    help: "Number of active HTTP server requests.",
    unit: "{request}",
    labels: { "http.request.method": "string", "url.scheme": "string" },
  });

/**
 * The duration of requests of this process: from the call until the end of the response's body, or until the
 * error.
 */
export const clientRequestDuration: MetricSpec<"histogram", ClientRequestLabels> = defineHistogram({
  service,
  id: "0x11",
  name: "http.client.request.duration",
  help: "Duration of HTTP client requests.",
  unit: "s",
  labels: clientLabels,
  buckets: DURATION_BUCKETS,
});

/** The sizes of the bodies that this process sent with its requests, as transferred. */
export const clientRequestBodySize: MetricSpec<"histogram", ClientRequestLabels> = defineHistogram({
  service,
  id: "0x12",
  name: "http.client.request.body.size",
  help: "Size of HTTP client request bodies.",
  unit: "By",
  labels: clientLabels,
  buckets: SIZE_BUCKETS,
});

/** The sizes of the bodies that this process received in responses, as transferred. */
export const clientResponseBodySize: MetricSpec<"histogram", ClientRequestLabels> = defineHistogram(
  {
    service,
    id: "0x13",
    name: "http.client.response.body.size",
    help: "Size of HTTP client response bodies.",
    unit: "By",
    labels: clientLabels,
    buckets: SIZE_BUCKETS,
  },
);

/** The number of unfinished requests of this process. */
export const clientActiveRequests: MetricSpec<"upDownCounter", ClientActiveLabels> =
  defineUpDownCounter({
    service,
    id: "0x14",
    name: "http.client.active_requests",
    help: "Number of active HTTP client requests.",
    unit: "{request}",
    labels: {
      "http.request.method": "string",
      "server.address": "string",
      "server.port": "int?",
      "url.scheme": "string",
      "url.template": "string?",
    },
  });

/** The number of open connections of this process, by state. */
export const clientOpenConnections: MetricSpec<"upDownCounter", ClientConnectionLabels> =
  defineUpDownCounter({
    service,
    id: "0x15",
    name: "http.client.open_connections",
    help: "Number of outbound HTTP connections that are currently active or idle on the client.",
    unit: "{connection}",
    labels: {
      "http.connection.state": "string",
      "server.address": "string",
      "server.port": "int?",
      "url.scheme": "string",
    },
  });
