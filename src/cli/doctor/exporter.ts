import { connect } from "node:net";
import { once } from "node:events";
import type { Environment } from "../../shared/environment.ts";
import { messageOf } from "../../shared/errors.ts";
import { clockFinding } from "./clock.ts";
import { type Finding, findingsOf } from "./finding.ts";

const { ok, warn, fail, skip } = findingsOf("exporter");
const TIMEOUT_MS = 5_000;

/** Whether the OTLP receiver that the environment names takes metrics. Sends it an empty export. */
export async function exporterFindings(env: Environment): Promise<Finding[]> {
  const exporters = (env.OTEL_METRICS_EXPORTER ?? "otlp").split(",").map((name) => name.trim());
  if (!exporters.includes("otlp")) return [skip("OTEL_METRICS_EXPORTER does not name otlp")];
  const protocol =
    env.OTEL_EXPORTER_OTLP_METRICS_PROTOCOL ?? env.OTEL_EXPORTER_OTLP_PROTOCOL ?? "http/protobuf";
  const named = env.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT;
  const isGrpc = protocol === "grpc";
  const base = named ?? `http://localhost:${isGrpc ? 4317 : 4318}`;
  if (!URL.canParse(base)) {
    return [fail(`the endpoint ${base} is no URL`, "write it as http://host:4318")];
  }
  const isWhole = env.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT !== undefined;
  const url = new URL(isGrpc || isWhole ? base : `${base.replace(/\/$/, "")}/v1/metrics`);
  const advice =
    named === undefined
      ? "start a collector there, or set OTEL_EXPORTER_OTLP_ENDPOINT; without a receiver set OTEL_METRICS_EXPORTER=none"
      : "check the address, the network and the receiver";
  try {
    return isGrpc ? [await connected(url)] : await posted(url, env, protocol);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const message = `${url.host} cannot be reached: ${messageOf(cause)}`;
    // Nobody asked for this one; the program may export otherwise.
    return [named === undefined ? warn(message, advice) : fail(message, advice)];
  }
}

async function connected(url: URL): Promise<Finding> {
  const socket = connect({ host: url.hostname, port: Number(url.port || 4317) });
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return ok(`${url.host} takes connections (gRPC is not asked further)`);
  } finally {
    socket.destroy();
  }
}

async function posted(url: URL, env: Environment, protocol: string): Promise<Finding[]> {
  const isJson = protocol === "http/json";
  const response = await fetch(url, {
    method: "POST",
    // An export without metrics is empty in protobuf.
    body: isJson ? '{"resourceMetrics":[]}' : new Uint8Array(),
    headers: {
      "content-type": isJson ? "application/json" : "application/x-protobuf",
      ...headersOf(env),
    },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await response.body?.cancel();
  const found = `${url.host} answers ${response.status} to an empty export`;
  const finding = response.ok
    ? ok(found)
    : fail(
        found,
        response.status === 401 || response.status === 403
          ? "check OTEL_EXPORTER_OTLP_HEADERS"
          : "check the path and the protocol (OTEL_EXPORTER_OTLP_PROTOCOL)",
      );
  return [finding, ...clockFinding(url.host, response.headers.get("date"))];
}

/** `key=value` pairs between commas, values percent-encoded. */
function headersOf(env: Environment): Record<string, string> {
  const text = env.OTEL_EXPORTER_OTLP_METRICS_HEADERS ?? env.OTEL_EXPORTER_OTLP_HEADERS ?? "";
  const pairs = text.split(",").flatMap((pair): [string, string][] => {
    const equals = pair.indexOf("=");
    return equals < 1
      ? []
      : [[pair.slice(0, equals).trim(), decodeURIComponent(pair.slice(equals + 1).trim())]];
  });
  return Object.fromEntries(pairs);
}
