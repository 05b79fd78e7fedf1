import { messageOf } from "../../shared/errors.ts";
import { clockFinding } from "./clock.ts";
import { type Finding, findingsOf } from "./finding.ts";
import { type Sample, samplesOf } from "./samples.ts";

const TIMEOUT_MS = 10_000;
/** A larger answer is not a scrape. */
const MAX_BYTES = 200_000_000;

/** Checks a running process by its scrape endpoint. */
export async function endpointFindings(url: URL | undefined): Promise<Finding[]> {
  const { skip, fail, ok } = findingsOf("endpoint");
  if (url === undefined) {
    return [skip("no URL given: name the scrape endpoint of a running process to look into it")];
  }
  try {
    const response = await fetch(url, {
      headers: { accept: "text/plain; version=0.0.4" },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = (await response.text()).slice(0, MAX_BYTES);
    if (!response.ok) {
      return [
        fail(`${url.href} answers ${response.status}`, "check the path and the bearer token"),
      ];
    }
    const samples = samplesOf(text);
    return [
      ok(`${url.href} answers ${samples.length} samples`),
      ...clockFinding(url.host, response.headers.get("date")),
      ...processFindings(samples),
    ];
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return [
      fail(
        `${url.href} cannot be reached: ${messageOf(cause)}`,
        "is the process running, and is this its port?",
      ),
    ];
  }
}

/** Findings from the samples of a process. Pure. */
export function processFindings(samples: readonly Sample[]): Finding[] {
  return [
    ...upFindings(samples),
    ...numberFindings(samples),
    ...readerFindings(samples),
    ...doubleFindings(samples),
    ...dropFindings(samples),
  ];
}

function upFindings(samples: readonly Sample[]): Finding[] {
  const { ok, fail } = findingsOf("taskmon");
  const up = samples.find(({ name }) => name === "taskmon_up");
  if (up === undefined) {
    return [
      fail(
        "no taskmon_up: nothing of Taskmon is in the answer",
        "give the SDK the object: new NodeSDK({ instrumentations: [taskmon] }), and scrape a reader that it attaches",
      ),
    ];
  }
  const info = samples.find(({ name }) => name === "target_info")?.labels;
  return [ok(`up, as ${info?.["service_name"] ?? "a service without a name"}`)];
}

function numberFindings(samples: readonly Sample[]): Finding[] {
  const { ok, warn } = findingsOf("number");
  const number = valueOf(samples, "taskmon_task_number");
  const remaining = valueOf(samples, "taskmon_task_lease_remaining_seconds");
  const errors = sum(samples, "taskmon_task_heartbeats_total", { taskmon_outcome: "error" });
  const failing = errors > 0 ? `; ${errors} heartbeats failed` : "";
  if (number === undefined) {
    return [
      warn(
        `the process has no task number${failing}`,
        "the allocator does not answer or is full: see the lines of taskmon.task on the diag logger, and docs/lease.md",
      ),
    ];
  }
  return [
    ok(
      `${number}${remaining === undefined ? "" : `, for ${Math.round(remaining)} s more`}${failing}`,
    ),
  ];
}

function readerFindings(samples: readonly Sample[]): Finding[] {
  const { ok, warn, fail } = findingsOf("readers");
  const exports = samples.filter(({ name }) => name === "taskmon_exports_total");
  const readers = new Set(exports.map(({ labels }) => labels["taskmon_reader"] ?? ""));
  if (readers.size === 0) {
    return [
      warn(
        "none has exported yet",
        "ask again in a minute; docs/attaching.md says which readers are found",
      ),
    ];
  }
  return [...readers].map((reader) => {
    const ended = (outcome: string): number =>
      sum(exports, "taskmon_exports_total", { taskmon_reader: reader, taskmon_outcome: outcome });
    const [succeeded, failed] = [ended("success"), ended("failure")];
    const said = `${reader} is attached: ${succeeded} exports succeeded, ${failed} failed`;
    if (failed === 0) return ok(said);
    const advice =
      "look at the receiver and at the lines of taskmon.reader on the diag logger (docs/exports.md)";
    return succeeded === 0 ? fail(said, advice) : warn(said, advice);
  });
}

/** Scopes that measure the same as Taskmon. */
const DOUBLES = [
  [
    "http_server_request_duration_seconds_count",
    "@opentelemetry/instrumentation-http",
    "taskmon.http",
    "dropUpstreamDurations() drops theirs; docs/http.md says which to keep",
  ],
  [
    "http_client_request_duration_seconds_count",
    "@opentelemetry/instrumentation-http",
    "taskmon.http",
    "dropUpstreamDurations() drops theirs; docs/http.md says which to keep",
  ],
  [
    "http_client_request_duration_seconds_count",
    "@opentelemetry/instrumentation-undici",
    "taskmon.http",
    "dropUpstreamDurations() drops theirs; docs/http.md says which to keep",
  ],
  [
    "v8js_memory_heap_used_bytes",
    "@opentelemetry/instrumentation-runtime-node",
    "taskmon.runtime",
    "pass it as createTaskmon({ runtime: instrumentation }), or take it out (docs/runtime.md)",
  ],
] as const;

function doubleFindings(samples: readonly Sample[]): Finding[] {
  const { ok, warn } = findingsOf("doubles");
  const found = DOUBLES.filter(([metric, theirs, ours]) =>
    [theirs, ours].every((scope) =>
      samples.some(({ name, labels }) => name === metric && labels["otel_scope_name"] === scope),
    ),
  ).map(([metric, theirs, ours, advice]) =>
    warn(`${metric} comes from ${theirs} and from ${ours}`, advice),
  );
  return found.length > 0 ? found : [ok("nothing is measured twice")];
}

function dropFindings(samples: readonly Sample[]): Finding[] {
  const { warn } = findingsOf("measurements");
  return samples
    .filter(({ name, value }) => name === "taskmon_measurements_dropped_total" && value > 0)
    .map(({ labels, value }) =>
      warn(
        `${value} were dropped: ${labels["taskmon_reason"] ?? "for no reason said"}`,
        "the first of each kind is on the diag logger; strict: true throws where it happens",
      ),
    );
}

function valueOf(samples: readonly Sample[], wanted: string): number | undefined {
  return samples.find(({ name }) => name === wanted)?.value;
}

function sum(
  samples: readonly Sample[],
  wanted: string,
  labels: Readonly<Record<string, string>>,
): number {
  return samples
    .filter(({ name }) => name === wanted)
    .filter((sample) =>
      Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    )
    .reduce((total, { value }) => total + value, 0);
}
