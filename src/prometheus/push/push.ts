import { methodsOption, choiceOption, numberOption, optionsObject } from "../../shared/options.ts";
import { InvalidOptionError, messageOf, TaskmonError } from "../../shared/errors.ts";
import { createReporter } from "../../shared/report.ts";
import { unmeasured } from "../../shared/unmeasured.ts";
import { basicAuthorization, userOf, withoutUser } from "../../shared/url-user.ts";
import type { ReaderHost } from "../endpoint/options.ts";
import { prometheusReader, type PrometheusReader } from "../reader.ts";
import { type PushGrouping, pushUrl } from "./push-url.ts";

/** Options of {@link pushMetrics}. */
export interface PushOptions {
  /**
   * The Pushgateway: `http://pushgateway:9091`. A user name and password in it are used for basic
   * authentication.
   */
  readonly url: string;
  /** The label `job` of the group. */
  readonly job: string;
  /** More labels of the group: `{ instance: "nightly" }`. @default none */
  readonly grouping?: PushGrouping;
  /**
   * The Taskmon object whose metrics are pushed. The first push creates a {@link prometheusReader} and
   * attaches it.
   */
  readonly taskmon?: ReaderHost;
  /** Your own reader, instead of `taskmon`. */
  readonly reader?: Pick<PrometheusReader, "text">;
  /** `replace` replaces all metrics of the group, `add` only those with the same names. @default `replace` */
  readonly mode?: "replace" | "add";
  /** More request headers. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** The time limit of the push, in milliseconds. @default 10000 */
  readonly timeoutMs?: number;
  /** Cancels the push. */
  readonly signal?: AbortSignal;
}

/** The result of a push. */
export type PushReport =
  | { readonly pushed: true; readonly status: number }
  | { readonly pushed: false; readonly error: PushError };

/** The metrics did not reach the Pushgateway. It is never thrown; it is in the report. */
export class PushError extends TaskmonError {
  readonly code = "ERR_TASKMON_PUSH";
}

const OPTIONS = [
  ...(["url", "job", "grouping", "taskmon", "reader"] as const),
  ...(["mode", "headers", "timeoutMs", "signal"] as const),
] as const;

const readers = new WeakMap<ReaderHost, PrometheusReader>();
const report = createReporter("prometheus");

/**
 * Pushes the metrics to a Prometheus Pushgateway as text 0.0.4, for a batch job that ends before anyone can
 * scrape it. Call it at the end of the job, before `taskmon.shutdown()`. It never rejects because of the
 * network or the Pushgateway: the report and one line on `diag` describe the failure.
 *
 * Throws an InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for a wrong option, at once.
 */
export function pushMetrics(options: PushOptions): Promise<PushReport> {
  const given = optionsObject<PushOptions>("pushMetrics", options, OPTIONS);
  const { url: base = "", job = "", grouping = {}, headers = {}, signal } = given;
  const url = pushUrl(base, job, grouping);
  const reader = readerOption(given);
  const mode = choiceOption("pushMetrics.mode", given.mode, ["replace", "add"]);
  const bounds = { min: 1, max: 600_000, default: 10_000 };
  const timeoutMs = numberOption("pushMetrics.timeoutMs", given.timeoutMs, bounds);
  const timeout = AbortSignal.timeout(timeoutMs);
  return send(url, reader, {
    method: mode === "replace" ? "PUT" : "POST",
    headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8", ...headers },
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
  });
}

async function send(
  url: URL,
  reader: Pick<PrometheusReader, "text">,
  init: { readonly method: string; readonly headers: Record<string, string>; signal: AbortSignal },
): Promise<PushReport> {
  const user = userOf(url);
  const address = withoutUser(url);
  const authorization = user === undefined ? {} : { authorization: basicAuthorization(user) };
  try {
    const body = await reader.text();
    const headers = { ...authorization, ...init.headers };
    const response = await unmeasured(() => fetch(address, { ...init, headers, body }));
    const said = (await response.text()).slice(0, 500).trim();
    if (response.ok) return { pushed: true, status: response.status };
    return failed(
      new PushError(`${address.href} answers ${response.status}${said && `: ${said}`}`),
    );
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return failed(
      new PushError(`${address.href} cannot be reached: ${messageOf(cause)}`, { cause: error }),
    );
  }
}

function failed(error: PushError): PushReport {
  report.warnOnce("push", "The metrics were not pushed", error);
  return { pushed: false, error };
}

function readerOption({ taskmon, reader }: Partial<PushOptions>): Pick<PrometheusReader, "text"> {
  if (reader !== undefined) return methodsOption("pushMetrics.reader", reader, ["text"]);
  if (taskmon === undefined) {
    throw new InvalidOptionError(
      "pushMetrics.taskmon",
      "a Taskmon object, unless reader is set",
      taskmon,
    );
  }
  methodsOption<ReaderHost>("pushMetrics.taskmon", taskmon, ["attach"]);
  let own = readers.get(taskmon);
  if (own === undefined) {
    own = prometheusReader();
    taskmon.attach(own);
    readers.set(taskmon, own);
  }
  return own;
}
