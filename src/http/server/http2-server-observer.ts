import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type {
  Http2Server,
  Http2ServerResponse,
  IncomingHttpHeaders,
  ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import type { UnfinishedReason } from "./unfinished-reason.ts";
import { streamReason } from "./http2-unfinished-reason.ts";
import type { RequestOutcome, MeasuredRequest } from "./measured-request.ts";
import type { ResponseObserver } from "../observer.ts";
import type { ServerResponseView } from "../options.ts";
import { routeOfStream } from "../routes/route.ts";
import { statusCode } from "./sent-response.ts";
import type { ServerMetrics } from "./server-metrics.ts";
import { streamBytes } from "../stream-bytes.ts";
import { WeakList } from "../weak-list.ts";

/** The message that Node.js publishes for a stream. */
interface StreamMessage {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
}

const ACCEPTED = "net.server.socket";
const CREATED = "http2.server.stream.created";
const ANSWERED = "http2.server.stream.finish";
const CLOSED = "http2.server.stream.close";

/**
 * Observes every request of HTTP/2 servers, with and without TLS, with the core and the compatibility API,
 * from its header block to the end of its stream. Pushed streams are not requests.
 *
 * The first releases of Node.js 22 do not publish these events, the next ones publish only the beginning of a
 * stream. Until the first message of a channel, a listener does the same: for `stream` on a server, for
 * `close` on a stream.
 */
export class Http2ServerObserver implements ResponseObserver {
  readonly #metrics: ServerMetrics;
  readonly #servers = new WeakList<Http2Server>();
  #known = new WeakSet<Http2Server>();
  #measured = new Map<ServerHttp2Stream, MeasuredRequest>();
  #settled = new WeakSet<MeasuredRequest>();
  readonly #listeners = new WeakMap<ServerHttp2Stream, () => void>();
  #running = false;
  #isCreatedPublished = false;
  #isClosedPublished = false;

  constructor(metrics: ServerMetrics) {
    this.#metrics = metrics;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    subscribe(ACCEPTED, this.#onAccepted);
    subscribe(CREATED, this.#onCreated);
    subscribe(ANSWERED, this.#onAnswered);
    subscribe(CLOSED, this.#onClosed);
  }

  settle(response: Http2ServerResponse): void {
    try {
      const { stream } = response;
      const measured = this.#measured.get(stream);
      if (measured === undefined || this.#settled.has(measured)) return;
      this.#settled.add(measured);
      // If the response has no body, its header block may be held back together with its end.
      const headers = { ":status": response.statusCode, ...response.getHeaders() };
      this.#metrics.settle(measured, outcomeOf(measured, stream, headers, undefined));
    } catch (error) {
      this.#metrics.failed(error);
    }
  }

  stop(): void {
    this.#running = false;
    unsubscribe(ACCEPTED, this.#onAccepted);
    unsubscribe(CREATED, this.#onCreated);
    unsubscribe(ANSWERED, this.#onAnswered);
    unsubscribe(CLOSED, this.#onClosed);
    this.#leaveServers();
    for (const [stream, measured] of this.#measured) {
      this.#leaveStream(stream);
      this.#metrics.forget(measured);
    }
    this.#measured = new Map();
  }

  // An error of a subscriber or listener would be an uncaught exception of the program.
  readonly #onAccepted = (message: unknown): void => {
    try {
      const { server } = (message as { socket: Socket & { server?: Http2Server } }).socket;
      if (this.#isCreatedPublished || server === undefined || this.#known.has(server)) return;
      // All HTTP/2 servers have this method, in every class.
      if (typeof server.updateSettings !== "function") return;
      this.#known.add(server);
      this.#servers.add(server);
      server.prependListener("stream", this.#onStream);
    } catch (error) {
      this.#metrics.failed(error);
    }
  };

  readonly #onCreated = (message: unknown): void => {
    try {
      const { stream, headers } = message as StreamMessage;
      this.#isCreatedPublished = true;
      this.#begin(stream, headers);
    } catch (error) {
      this.#metrics.failed(error);
    }
  };

  readonly #onStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
    try {
      if (this.#isCreatedPublished) this.#leaveServers();
      else this.#begin(stream, headers);
    } catch (error) {
      this.#metrics.failed(error);
    }
  };

  /** Ends the request of a tunnel or WebSocket (RFC 8441) when the program accepts it, as with HTTP/1.1. */
  readonly #onAnswered = (message: unknown): void => {
    try {
      const { stream, headers } = message as StreamMessage;
      const status = Number(headers[":status"]);
      const { [":method"]: method } = this.#measured.get(stream)?.request.headers ?? {};
      if (method === "CONNECT" && status >= 200 && status < 300) this.#end(stream, undefined);
    } catch (error) {
      this.#metrics.failed(error);
    }
  };

  readonly #onClosed = (message: unknown): void => {
    this.#isClosedPublished = true;
    this.#onEnded(message);
  };

  readonly #onEnded = (message: unknown): void => {
    try {
      const { stream } = message as StreamMessage;
      this.#end(stream, streamReason(stream));
    } catch (error) {
      this.#metrics.failed(error);
    }
  };

  #begin(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    // A pushed stream was opened by the server.
    if (stream.sentHeaders !== undefined) return;
    const request = { method: headers[":method"], url: headers[":path"], headers };
    const measured = this.#metrics.begin(request, schemeOf(stream));
    if (measured === undefined) return;
    this.#measured.set(stream, measured);
    if (this.#isClosedPublished) return;
    const onClose = (): void => this.#onEnded({ stream });
    stream.on("close", onClose);
    this.#listeners.set(stream, onClose);
  }

  #end(stream: ServerHttp2Stream, unfinished: UnfinishedReason | undefined): void {
    const measured = this.#measured.get(stream);
    if (measured === undefined) return;
    this.#measured.delete(stream);
    this.#leaveStream(stream);
    if (this.#settled.has(measured)) return this.#metrics.forget(measured);
    const sent = stream.sentHeaders as SentHeaders | undefined;
    this.#metrics.end(measured, outcomeOf(measured, stream, sent, unfinished));
  }

  #leaveStream(stream: ServerHttp2Stream): void {
    const onClose = this.#listeners.get(stream);
    if (onClose !== undefined) stream.removeListener("close", onClose);
    this.#listeners.delete(stream);
  }

  #leaveServers(): void {
    for (const server of this.#servers.drain()) server.removeListener("stream", this.#onStream);
    this.#known = new WeakSet();
  }
}

type SentHeaders = Readonly<Record<string, unknown>>;

/** Returns the outcome of a request that ends now, or whose response counts as finished now. */
function outcomeOf(
  measured: MeasuredRequest,
  stream: ServerHttp2Stream,
  sent: SentHeaders | undefined,
  unfinished: UnfinishedReason | undefined,
): RequestOutcome {
  const status = statusCode(sent?.[":status"]);
  const { read, written } = streamBytes(stream);
  const noBody = status === undefined || measured.head || status === 204 || status === 304;
  return {
    response: responseView(status, sent),
    protocolVersion: "2.0",
    status,
    unfinished,
    route: routeOfStream(stream, measured.request.url, status),
    requestBytes: read ?? (stream.endAfterHeaders ? 0 : declared(measured.request.headers)),
    responseBytes: noBody ? 0 : (written ?? declared(sent)),
  };
}

/** Returns the declared length. It is optional in HTTP/2. */
function declared(headers: Readonly<Record<string, unknown>> | undefined): number | undefined {
  const length = headers?.["content-length"];
  const bytes = length === undefined ? Number.NaN : Number(length);
  return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : undefined;
}

function schemeOf(stream: ServerHttp2Stream): "http" | "https" {
  return stream.session?.encrypted === true ? "https" : "http";
}

function responseView(
  status: number | undefined,
  sent: Readonly<Record<string, unknown>> | undefined,
): ServerResponseView {
  return {
    statusCode: status ?? 0,
    getHeader: (name) => sent?.[name.toLowerCase()] as ReturnType<ServerResponseView["getHeader"]>,
  };
}
