import type { IncomingMessage } from "node:http";
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";
import type { Readable } from "node:stream";
import { unmeasured } from "../../../shared/unmeasured.ts";
import { ProbeError } from "../../errors.ts";
import { closedEarly } from "../../net/connect.ts";
import type { Attempt } from "../attempt.ts";
import type { HttpDetails } from "./details.ts";
import { type Link, proxyHeaders } from "./link.ts";
import type { HttpHead, HttpRequest } from "./request.ts";
import type { HttpSettings } from "./settings.ts";

/** An answer whose body is still to be read. */
export interface HttpAnswer extends HttpHead {
  readonly stream: Readable;
  /** Whether the connection can take another request after the body. */
  readonly keepable: boolean;
}

/** Sends a request over a connection, and waits for the head of its answer. */
export function exchange(
  run: Attempt<HttpDetails>,
  link: Link,
  request: HttpRequest,
  settings: HttpSettings,
): Promise<HttpAnswer> {
  run.signal.throwIfAborted();
  run.phases.begin("write");
  return link.session === undefined
    ? exchangeHttp1(run, link, request, settings)
    : exchangeHttp2(run, link, request, settings);
}

function exchangeHttp1(
  run: Attempt<HttpDetails>,
  link: Link,
  { url, method, headers, body }: HttpRequest,
  settings: HttpSettings,
): Promise<HttpAnswer> {
  const { request } = process.getBuiltinModule("node:http");
  const proxy = url.protocol === "http:" ? settings.proxy : undefined;
  const keep = settings.connection === "kept";
  return new Promise((resolve, reject) => {
    const send = (): ReturnType<typeof request> =>
      request({
        method,
        path:
          proxy !== undefined
            ? `${url.origin}${url.pathname}${url.search}`
            : url.pathname + url.search,
        headers: {
          host: url.host,
          ...headers,
          ...(proxy !== undefined && proxyHeaders(proxy)),
          ...lengthOf(method, body),
          connection: keep ? "keep-alive" : "close",
        },
        createConnection: () => link.socket,
        setHost: false,
      });
    const sent = settings.clientMetrics ? send() : unmeasured(send);
    let answered: IncomingMessage | undefined;
    sent.on("error", (error) => {
      reject(requestError(error));
      // If the body is being read, its reader must get the error.
      answered?.destroy(error);
    });
    sent.once("upgrade", () => reject(new ProbeError("protocol_error", "It changed the protocol")));
    sent.once("response", (response: IncomingMessage) => {
      answered = response;
      run.phases.begin("transfer");
      const { rawHeaders, statusCode = 0, httpVersion } = response;
      const keepable = keep && sent.shouldKeepAlive;
      // Otherwise Node.js would end the connection. The probe itself resets or keeps it.
      sent.shouldKeepAlive = true;
      resolve({
        statusCode,
        httpVersion,
        headers: joined(rawHeaders),
        setCookies: response.headers["set-cookie"] ?? [],
        stream: response,
        keepable,
      });
    });
    sent.end(body, () => {
      if (run.phases.current === "write") run.phases.begin("first_byte");
    });
  });
}

function exchangeHttp2(
  run: Attempt<HttpDetails>,
  { session }: Link,
  { url, method, headers, body }: HttpRequest,
  settings: HttpSettings,
): Promise<HttpAnswer> {
  const { host = url.host, connection: _, ...rest } = headers;
  const outgoing: OutgoingHttpHeaders = {
    ":method": method,
    ":path": url.pathname + url.search,
    ":scheme": url.protocol.slice(0, -1),
    ":authority": host,
    ...rest,
    ...lengthOf(method, body),
  };
  return new Promise((resolve, reject) => {
    const endStream = body === undefined;
    const send = (): ReturnType<NonNullable<typeof session>["request"]> =>
      session!.request(outgoing, { endStream });
    const stream = settings.clientMetrics ? send() : unmeasured(send);
    stream.on("error", (error) => reject(requestError(error)));
    stream.once("close", () => reject(closedEarly("it answered")));
    stream.once("response", (incoming: IncomingHttpHeaders & { ":status"?: number }) => {
      run.phases.begin("transfer");
      resolve({
        statusCode: incoming[":status"] ?? 0,
        httpVersion: "2.0",
        headers: plain(incoming),
        setCookies: incoming["set-cookie"] ?? [],
        stream,
        keepable: settings.connection === "kept",
      });
    });
    if (!endStream) stream.end(body);
    run.phases.begin("first_byte");
  });
}

/** Maps errors of the request to probe errors. Errors of the socket stay unchanged. */
export function requestError(error: Error): Error {
  const { code = "", syscall } = error as NodeJS.ErrnoException;
  if (code === "HPE_HEADER_OVERFLOW") {
    return new ProbeError("too_large", "The headers are too long", { cause: error });
  }
  if (code.startsWith("HPE_") || code.startsWith("ERR_HTTP") || code.startsWith("Z_")) {
    return new ProbeError("protocol_error", `The answer is not valid: ${error.message}`, {
      cause: error,
    });
  }
  // Node.js reports this code also if the other side ended the connection gracefully.
  if (code === "ECONNRESET" && syscall === undefined) return closedEarly("the answer was complete");
  return error;
}

/** The `Content-Length` header. Without it, Node.js would send a body in chunks, and no length for an empty body. */
function lengthOf(method: string, body: string | Uint8Array | undefined): OutgoingHttpHeaders {
  if (body !== undefined) return { "content-length": Buffer.byteLength(body) };
  return /^(?:POST|PUT|PATCH)$/.test(method) ? { "content-length": 0 } : {};
}

/** Headers from raw names and values in turn; repeated ones are joined. */
function joined(raw: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]!.toLowerCase();
    headers[name] = name in headers ? `${headers[name]}, ${raw[at + 1]}` : raw[at + 1]!;
  }
  return headers;
}

function plain(incoming: IncomingHttpHeaders): Record<string, string> {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(incoming)) {
    if (!name.startsWith(":") && value !== undefined) {
      headers[name] = Array.isArray(value) ? value.join(", ") : value;
    }
  }
  return headers;
}
