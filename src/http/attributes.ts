import type { Environment } from "../shared/environment.ts";
import type { ServerRequestLabels } from "./metrics.ts";

/** What the labels of a server's request are made from. */
export interface ServerRequestFacts {
  readonly method: string;
  readonly scheme: "http" | "https";
  /** The version as the request line gave it: `1.1`. */
  readonly protocolVersion: string;
  /** The response's status code; undefined where none was sent. */
  readonly status: number | undefined;
  /** The template that matched; undefined where nobody named one. */
  readonly route: string | undefined;
  /** Why there is no whole response; undefined where there is one. */
  readonly unfinished: string | undefined;
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
const OTHER_METHOD = "_OTHER";

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

/**
 * The labels of a request, as the HTTP semantic conventions give them. An absent label has no key.
 * `error.type` is why the request did not end with a whole response, else the status of a server
 * error; a client's error (4xx) is none of the server's.
 */
export function serverRequestLabels(
  facts: ServerRequestFacts,
  known: ReadonlySet<string>,
): ServerRequestLabels {
  const { method, status, route, unfinished } = facts;
  const labels: { -readonly [K in keyof ServerRequestLabels]: ServerRequestLabels[K] } = {
    "http.request.method": known.has(method) ? method : OTHER_METHOD,
    "url.scheme": facts.scheme,
    "network.protocol.version": facts.protocolVersion,
  };
  if (status !== undefined) labels["http.response.status_code"] = status;
  if (route !== undefined) labels["http.route"] = route;
  if (unfinished !== undefined) labels["error.type"] = unfinished;
  else if (status !== undefined && status >= 500) labels["error.type"] = String(status);
  return labels;
}
