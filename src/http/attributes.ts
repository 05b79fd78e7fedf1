import type { Environment } from "../shared/environment.ts";
import type { ServerRequestLabels } from "./metrics.ts";
import type { Scheme } from "./server/scheme.ts";

/** The facts about a server's request that decide its labels. */
export interface ServerRequestFacts {
  /** The result of {@link methodLabel}. */
  readonly method: string;
  readonly scheme: Scheme;
  /** The version in the request line, such as `1.1`. Undefined if no request line could be read. */
  readonly protocolVersion: string | undefined;
  /** The response's status code. Undefined if none was sent or it is unknown. */
  readonly status: number | undefined;
  /** The template of the matched route. Undefined if there is none. */
  readonly route: string | undefined;
  /** Why there is no complete response. Undefined if there is one. */
  readonly unfinished: string | undefined;
  /** Whether the user agent is a bot or a test. */
  readonly synthetic: string | undefined;
}

/** The known methods of the HTTP semantic conventions: those of RFC 9110, PATCH (RFC 5789) and QUERY. */
const DEFAULT_METHODS = [
  "CONNECT",
  "DELETE",
  "GET",
  "HEAD",
  "OPTIONS",
  "PATCH",
  "POST",
  "PUT",
  "QUERY",
  "TRACE",
];

/** The label value of the conventions for an unknown method. */
export const OTHER_METHOD = "_OTHER";

/**
 * Returns the methods that a label may name. `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`, a comma-separated and
 * case-sensitive list, replaces the list of the conventions, unless it is blank.
 */
export function knownMethods(env: Environment): ReadonlySet<string> {
  const names = (env.OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  return new Set(names.length > 0 ? names : DEFAULT_METHODS);
}

/** Returns the label value of a method. */
export function methodLabel(method: string | undefined, known: ReadonlySet<string>): string {
  return method !== undefined && known.has(method) ? method : OTHER_METHOD;
}

/**
 * Returns the protocol version as the conventions write it. Returns undefined for a version that does not
 * exist, which a lenient parser may accept.
 */
export function protocolVersion(httpVersion: string | undefined): string | undefined {
  switch (httpVersion) {
    case "1.1":
    case "1.0":
    case "0.9":
      return httpVersion;
    case "2.0":
    case "2":
      return "2";
    default:
      return undefined;
  }
}

/**
 * Returns the `error.type` of a request: why it has no complete response, or else the status if it is an
 * error. Errors start at 500 for servers and at 400 for clients.
 */
export function errorType(
  unfinished: string | undefined,
  status: number | undefined,
  errorsFrom: 400 | 500,
): string | undefined {
  if (unfinished !== undefined) return unfinished;
  return status !== undefined && status >= errorsFrom ? String(status) : undefined;
}

/**
 * Returns the labels of a request by the HTTP semantic conventions. They are in the order of the spec, with
 * undefined for an absent label, so that the fast lookup finds the series.
 */
export function serverRequestLabels(facts: ServerRequestFacts): ServerRequestLabels {
  return {
    "http.request.method": facts.method,
    "url.scheme": facts.scheme,
    "http.response.status_code": facts.status,
    "network.protocol.version": protocolVersion(facts.protocolVersion),
    "http.route": facts.route,
    "error.type": errorType(facts.unfinished, facts.status, 500),
    "user_agent.synthetic.type": facts.synthetic,
  };
}
