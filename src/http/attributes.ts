import type { Environment } from "../shared/environment.ts";
import type { ServerRequestLabels } from "./metrics.ts";
import type { Scheme } from "./server/scheme.ts";

/** What the labels of a server's request are made from. */
export interface ServerRequestFacts {
  /** As {@link methodLabel} gives it. */
  readonly method: string;
  readonly scheme: Scheme;
  /** The version as the request line gave it: `1.1`; undefined where no request line could be read. */
  readonly protocolVersion: string | undefined;
  /** The response's status code; undefined where none was sent, or nobody knows it. */
  readonly status: number | undefined;
  /** The template that matched; undefined where nobody named one. */
  readonly route: string | undefined;
  /** Why there is no whole response; undefined where there is one. */
  readonly unfinished: string | undefined;
  /** Whether the user agent is a bot or a test. */
  readonly synthetic: string | undefined;
}

/** The methods that the HTTP semantic conventions know: RFC 9110, PATCH (RFC 5789) and QUERY. */
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

/** What the conventions put in place of a method that is not known. */
export const OTHER_METHOD = "_OTHER";

/**
 * The methods that a label may name. `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`, names between commas
 * and case-sensitive, replaces the list of the conventions; a blank one does not.
 */
export function knownMethods(env: Environment): ReadonlySet<string> {
  const names = (env.OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  return new Set(names.length > 0 ? names : DEFAULT_METHODS);
}

/** The method as a label may name it. */
export function methodLabel(method: string | undefined, known: ReadonlySet<string>): string {
  return method !== undefined && known.has(method) ? method : OTHER_METHOD;
}

/**
 * The protocol version as the conventions write it; undefined for a version that HTTP has not, which a
 * lenient parser may let through.
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
 * The `error.type` of a request: why it did not end with a whole response, else the status of an
 * error, which begins at 500 for servers and at 400 for clients.
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
 * The labels of a request, as the HTTP semantic conventions give them; in the order of the spec, with
 * undefined for an absent one, so that the series is found without a search.
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
