import { MockOtlpServer, normalizeLogs, normalizeMetrics } from "@elastic/mockotlpserver";
import { setTimeout as sleep } from "node:timers/promises";

/** Attributes as they came over the wire; 64-bit integers may come as text. */
export type OtlpAttributes = Readonly<Record<string, unknown>>;

/** One metric of an export; one of `sum`, `gauge` and `histogram` is there. */
export interface OtlpMetric {
  readonly name: string;
  readonly unit?: string;
  readonly sum?: { readonly dataPoints: readonly OtlpPoint[]; readonly isMonotonic?: boolean };
  readonly gauge?: { readonly dataPoints: readonly OtlpPoint[] };
  readonly histogram?: { readonly dataPoints: readonly OtlpPoint[] };
}

/** One data point; 64-bit integers and times are text. */
export interface OtlpPoint {
  readonly attributes?: OtlpAttributes;
  readonly startTimeUnixNano?: string;
  readonly timeUnixNano?: string;
  readonly asInt?: string | number;
  readonly asDouble?: number;
  readonly count?: string | number;
  readonly sum?: number;
  readonly bucketCounts?: readonly (string | number)[];
}

/** What arrived of one resource in one export. */
export interface OtlpExport {
  readonly resource: OtlpAttributes;
  readonly metrics: readonly OtlpMetric[];
}

/** A log record, with the resource and the logger that it is of. */
export interface OtlpLogRecord {
  readonly resource: OtlpAttributes;
  readonly logger: string;
  readonly eventName?: string;
  readonly severityNumber?: number;
  readonly body?: unknown;
  readonly attributes: OtlpAttributes;
}

/** An OTLP/HTTP receiver. */
export interface OtlpReceiver extends AsyncDisposable {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly url: string;
  /** What has arrived, in order. */
  readonly exports: readonly OtlpExport[];
  /** The log records that have arrived, in order. */
  readonly logs: readonly OtlpLogRecord[];
  /** The first export that `matches`, already here or still to come. */
  waitFor(matches: (received: OtlpExport) => boolean, timeoutMs?: number): Promise<OtlpExport>;
  stop(): Promise<void>;
}

/**
 * Starts a receiver for protobuf and JSON whose decoder has nothing in common with the SDK's encoder.
 * One at a time in a process: the library behind it hands every request to every receiver.
 */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const exports: OtlpExport[] = [];
  const logs: OtlpLogRecord[] = [];
  const server = new MockOtlpServer({
    logLevel: "error",
    services: ["http"],
    httpHostname: "127.0.0.1",
    httpPort: 0,
    onMetrics: (request) => exports.push(...decoded(request)),
    onLogs: (request) => logs.push(...decodedLogs(request)),
  });
  await server.start();
  return {
    url: server.httpUrl,
    exports,
    logs,
    async waitFor(matches, timeoutMs = 20_000) {
      const deadline = performance.now() + timeoutMs;
      for (;;) {
        const found = exports.find(matches);
        if (found !== undefined) return found;
        if (performance.now() > deadline) {
          throw new Error(`No such export within ${timeoutMs} ms, among ${exports.length} others`);
        }
        await sleep(20);
      }
    },
    stop: () => server.close(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

interface Request {
  readonly resourceMetrics: readonly {
    readonly resource?: { readonly attributes?: OtlpAttributes };
    readonly scopeMetrics?: readonly { readonly metrics?: readonly OtlpMetric[] }[];
  }[];
}

function decoded(request: object): OtlpExport[] {
  const { resourceMetrics } = normalizeMetrics(request) as Request;
  return resourceMetrics.map(({ resource, scopeMetrics }) => ({
    resource: resource?.attributes ?? {},
    metrics: (scopeMetrics ?? []).flatMap(({ metrics }) => metrics ?? []),
  }));
}

interface LogsRequest {
  readonly resourceLogs: readonly {
    readonly resource?: { readonly attributes?: OtlpAttributes };
    readonly scopeLogs?: readonly {
      readonly scope?: { readonly name?: string };
      readonly logRecords?: readonly Omit<OtlpLogRecord, "resource" | "logger">[];
    }[];
  }[];
}

function decodedLogs(request: object): OtlpLogRecord[] {
  const { resourceLogs } = normalizeLogs(request) as LogsRequest;
  return resourceLogs.flatMap(({ resource, scopeLogs = [] }) =>
    scopeLogs.flatMap(({ scope, logRecords = [] }) =>
      logRecords.map((record) => ({
        ...record,
        resource: resource?.attributes ?? {},
        logger: scope?.name ?? "",
        attributes: record.attributes ?? {},
      })),
    ),
  );
}
