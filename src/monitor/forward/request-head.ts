import { hopByHop } from "./fields.ts";
import { type InboundRequest, isHttp2Request, Refusal } from "./messages.ts";
import type { ForwardSettings } from "./settings.ts";

/** Everything that is sent to the service before the body. */
export interface RequestHead {
  readonly method: string;
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: string[];
  readonly hasBody: boolean;
  /** Whether the body comes in chunks, which trailers may follow. */
  readonly isChunked: boolean;
  /** Whether the client waits for 100 before it sends the body. */
  readonly expectsContinue: boolean;
  /** Whether the request may be sent a second time: it has no body, and its method is idempotent. */
  readonly isRepeatable: boolean;
}

/** RFC 9110, section 9.2.2. */
const IDEMPOTENT: ReadonlySet<string> = new Set([
  ...["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "PROPFIND", "REPORT", "SEARCH", "QUERY"],
]);
/** Methods whose requests have no body by default, according to Node.js. */
const BODYLESS: ReadonlySet<string> = new Set([
  ...["GET", "HEAD", "DELETE", "OPTIONS", "TRACE", "CONNECT"],
]);

/** Characters that are invalid in a host and port. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const NO_HOST = /[\u0000-\u0020\u007f-\uffff,/?#@\\"<>]/;

/**
 * The head to send for a request, or the reason why it cannot be forwarded.
 * @param expects whether the client still waits for 100: Node.js answers 100 itself, unless someone listens
 *   to `checkContinue`
 * @param upgrade the protocol to ask the service for
 */
export function requestHead(
  request: InboundRequest,
  settings: ForwardSettings,
  expects = false,
  upgrade?: string,
): RequestHead | Refusal {
  const method = request.method ?? "GET";
  const path = method === "CONNECT" ? (request.url ?? "") : pathFor(request.url, settings);
  if (path instanceof Refusal) return path;
  const raw = request.rawHeaders;
  const staysBehind = hopByHop(raw);
  const http2 = isHttp2Request(request);
  const tells = settings.forwarded;
  const headers: string[] = [];
  let host = http2 ? request.authority : undefined;
  let length: string | undefined;
  let codings: string | undefined;
  let trailer: string | undefined;
  let forwardedFor: string | undefined;
  let forwarded: string | undefined;
  let via: string | undefined;
  let cookies: string | undefined;
  let forwardedHost: string | undefined;
  let forwardedProto: string | undefined;
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]!;
    const value = raw[at + 1]!;
    const key = name.toLowerCase();
    if (key === "transfer-encoding") codings = joined(codings, value);
    // Pseudo headers of HTTP/2 are not forwarded as fields.
    if (key.startsWith(":") || staysBehind(key)) continue;
    switch (key) {
      case "host":
        // Clients of HTTP/2 may send both; the pseudo header wins.
        if (http2 && host) continue;
        if (host !== undefined) return MANY_HOSTS;
        host = value;
        continue;
      case "content-length":
        if (length !== undefined) return WRONG_LENGTH;
        length = value;
        continue;
      case "trailer":
        // Added below if the body is chunked: otherwise Node.js refuses to announce trailers.
        trailer = joined(trailer, value);
        continue;
      case "expect":
        if (value.toLowerCase() !== "100-continue") return UNKNOWN_EXPECTATION;
        if (!expects) continue;
        break;
      case "cookie":
        // HTTP/2 may split cookies into several fields; HTTP/1 may not (RFC 9113, section 8.2.3).
        if (!http2) break;
        cookies = cookies === undefined ? value : `${cookies}; ${value}`;
        continue;
      case "via":
        if (settings.via === undefined) break;
        via = joined(via, value);
        continue;
      case "x-forwarded-for":
        if (!tells) break;
        forwardedFor = joined(forwardedFor, value);
        continue;
      case "forwarded":
        if (!tells) break;
        forwarded = joined(forwarded, value);
        continue;
      case "x-forwarded-host":
        if (!tells) break;
        forwardedHost ??= value;
        continue;
      case "x-forwarded-proto":
        if (!tells) break;
        forwardedProto ??= value;
        continue;
    }
    headers.push(name, value);
  }
  if (codings !== undefined && length !== undefined) return BOTH_LENGTHS;
  // Node.js assumes no body here, other servers do not (RFC 9112, section 6.1).
  if (codings !== undefined && request.httpVersion === "1.0") return CODING_OF_OLD;
  if (codings !== undefined && codings.trim().toLowerCase() !== "chunked") return UNKNOWN_CODING;
  if (length !== undefined && !/^\d+$/.test(length)) return WRONG_LENGTH;
  if (host !== undefined && NO_HOST.test(host)) return WRONG_HOST;

  const isChunked =
    codings !== undefined ||
    (http2 && length === undefined && !request.stream.endAfterHeaders && method !== "CONNECT");
  const hasBody = isChunked || (length !== undefined && !/^0+$/.test(length));
  if (isChunked) {
    headers.push("Transfer-Encoding", "chunked");
    if (trailer !== undefined) headers.push("Trailer", trailer);
  } else if (length !== undefined) headers.push("Content-Length", length);
  // Without a length, Node.js would announce a chunked body and send none.
  else if (!BODYLESS.has(method)) headers.push("Content-Length", "0");

  headers.push("Host", settings.host === "keep" && host ? host : settings.target.host);
  if (cookies !== undefined) headers.push("Cookie", cookies);
  if (settings.via !== undefined) {
    headers.push("Via", joined(via, `${versionOf(request)} ${settings.via}`));
  }
  if (tells) {
    const { socket } = request;
    const address = socket.remoteAddress ?? "unknown";
    const proto = "encrypted" in socket ? "https" : "http";
    const trusted = settings.trustForwarded;
    headers.push("X-Forwarded-For", joined(forwardedFor, address));
    headers.push("X-Forwarded-Proto", (trusted && forwardedProto) || proto);
    if (host) headers.push("X-Forwarded-Host", (trusted && forwardedHost) || host);
    const node = address.includes(":") ? `"[${address}]"` : address;
    const about = host ? `for=${node};host="${host}";proto=${proto}` : `for=${node};proto=${proto}`;
    headers.push("Forwarded", joined(forwarded, about));
  }
  if (upgrade !== undefined) headers.push("Connection", "Upgrade", "Upgrade", upgrade);
  return {
    ...{ method, path, headers, hasBody, isChunked },
    expectsContinue: expects && hasBody,
    isRepeatable: !hasBody && IDEMPOTENT.has(method),
  };
}

/** The request target for the service: its base path, then the path as the client wrote it. */
function pathFor(url: string | undefined, { target }: ForwardSettings): string | Refusal {
  if (url === undefined) return WRONG_TARGET;
  let path = url;
  if (!path.startsWith("/")) {
    if (path === "*") return target.basePath === "" ? "*" : WRONG_TARGET;
    // The absolute form, which clients send to a proxy (RFC 9112, section 3.2.2).
    const absolute = /^https?:\/\/[^/?#]*/i.exec(path)?.[0];
    if (absolute === undefined) return WRONG_TARGET;
    path = path.slice(absolute.length);
    if (!path.startsWith("/")) path = `/${path}`;
  }
  if (target.basePath !== "") path = target.basePath + path;
  if (target.query === "") return path;
  return path.includes("?") ? `${path}&${target.query}` : `${path}?${target.query}`;
}

function joined(before: string | undefined, value: string): string {
  return before === undefined || before === "" ? value : `${before}, ${value}`;
}

function versionOf({ httpVersion, httpVersionMajor }: InboundRequest): string {
  return httpVersionMajor >= 2 ? "2" : httpVersion;
}

const WRONG_TARGET = new Refusal(400, "The request target is neither a path nor a URL.");
const MANY_HOSTS = new Refusal(400, "The request has more than one Host.");
const WRONG_HOST = new Refusal(400, "The Host of the request is not a valid host.");
const WRONG_LENGTH = new Refusal(400, "The Content-Length of the request is not a single number.");
const BOTH_LENGTHS = new Refusal(
  400,
  "The request has both a Content-Length and a Transfer-Encoding.",
);
const CODING_OF_OLD = new Refusal(400, "HTTP/1.0 does not allow Transfer-Encoding.");
const UNKNOWN_CODING = new Refusal(501, "The only supported transfer coding is chunked.");
const UNKNOWN_EXPECTATION = new Refusal(417, "The only supported expectation is 100-continue.");
