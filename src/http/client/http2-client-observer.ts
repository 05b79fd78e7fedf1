import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";
import { Durations } from "../upstream-durations.ts";
import { Channels } from "./channels.ts";
import type { HandshakeEvent } from "./connection.ts";
import {
  type ClientErrorType,
  declinedOr,
  isTunnel,
  streamUnfinishedType,
} from "./client-error-type.ts";
import { UndiciSessions } from "./undici-sessions.ts";
import { ClientMeter } from "./client-meter.ts";
import type { MeasuredRequest } from "./measured-request.ts";
import { defaultPort, type Origin } from "./origin.ts";
import { ClientConnections } from "./connections.ts";
import { isBodiless, lengthOf } from "./sizes.ts";
import type { HttpTelemetry } from "../telemetry.ts";
import type { RequestObserver } from "../observer.ts";
import type { DurationsChoice } from "../options.ts";
import type { ClientSettings } from "../settings.ts";
import { streamBytes } from "../stream-bytes.ts";

/** A request on an open stream. */
interface Http2Request {
  /** The method of the request. */
  readonly method: string;
  readonly measured: MeasuredRequest;
  readonly session: ClientHttp2Session;
  sent: boolean;
  status: number | undefined;
  /** The length of the body that the response declares. */
  declared: number | undefined;
}

type Headers = Readonly<Record<string, unknown>>;

interface StreamMessage {
  readonly stream: ClientHttp2Stream;
  readonly headers: Headers;
}

/** No instrumentation of OpenTelemetry measures these. */
const UPSTREAM = { meter: "", metric: "" };

/**
 * Observes every request of `node:http2` clients, through `diagnostics_channel` and one listener per session.
 * Node.js publishes them since 22.17; in older versions they are not seen. Pushed streams are not requests.
 * Requests that undici sends over HTTP/2 are seen on undici's channels.
 */
export class Http2ClientObserver implements RequestObserver {
  readonly #meter: ClientMeter;
  readonly #connections: ClientConnections<ClientHttp2Session>;
  readonly #requests = new Map<ClientHttp2Stream, Http2Request>();
  readonly #undici: UndiciSessions;
  readonly #channels: Channels;

  constructor(telemetry: HttpTelemetry, settings: ClientSettings, choice: DurationsChoice) {
    this.#meter = new ClientMeter(
      "client",
      telemetry,
      settings,
      new Durations(choice, UPSTREAM, () => telemetry.provider),
    );
    this.#connections = new ClientConnections(this.#meter.connections, { handshakeOf });
    const failed = (error: unknown): void => this.#meter.failed(error);
    this.#undici = new UndiciSessions(failed);
    this.#channels = new Channels(
      {
        "http2.client.stream.created": (message: StreamMessage) => this.#onCreated(message),
        "http2.client.stream.start": (message: StreamMessage) => this.#onStart(message),
        "http2.client.stream.finish": (message: StreamMessage) => this.#onResponse(message),
        "http2.client.stream.close": (message: StreamMessage) => this.#onClose(message),
      },
      failed,
    );
  }

  start(): void {
    this.#undici.start();
    this.#channels.open();
  }

  stop(): void {
    this.#undici.stop();
    this.#channels.close();
    this.#requests.clear();
    this.#connections.stop();
    this.#meter.forget();
  }

  #onCreated({ stream, headers }: StreamMessage): void {
    const { session } = stream;
    // A pushed stream sends nothing.
    if (session === undefined || stream.sentHeaders === undefined) return;
    if (this.#undici.owns(session as ClientHttp2Session)) return;
    const { origin, host } = this.#targetOf(headers);
    const path = textOf(headers[":path"]);
    const method = textOf(headers[":method"]);
    const measured = this.#meter.begin(method, origin, host, path);
    if (measured === undefined) return;
    this.#meter.activate(measured);
    const http2: Http2Request = {
      method,
      measured,
      session: session as ClientHttp2Session,
      sent: false,
      status: undefined,
      declared: undefined,
    };
    this.#requests.set(stream, http2);
    // If the session is already connected, the start was published before.
    if (!stream.pending) this.#sent(http2);
  }

  #onStart({ stream }: StreamMessage): void {
    const http2 = this.#requests.get(stream);
    if (http2 !== undefined && !http2.sent) this.#sent(http2);
  }

  #sent(http2: Http2Request): void {
    http2.sent = true;
    this.#connections.of(http2.session, http2.measured.origin).use();
  }

  #onResponse({ stream, headers }: StreamMessage): void {
    const http2 = this.#requests.get(stream);
    if (http2 === undefined) return;
    const status = Number(headers[":status"]);
    http2.status = Number.isInteger(status) ? status : undefined;
    http2.declared = lengthOf(headers["content-length"]);
    // The rest is no longer HTTP and may last as long as the program wants.
    if (isTunnel(http2.method, http2.status)) this.#end(stream, http2, undefined);
  }

  #onClose({ stream }: Pick<StreamMessage, "stream">): void {
    const http2 = this.#requests.get(stream);
    if (http2 === undefined) return;
    const unfinished = streamUnfinishedType(stream, isConnected(http2.session));
    this.#end(
      stream,
      http2,
      http2.method === "CONNECT" ? declinedOr(http2.status, unfinished) : unfinished,
    );
  }

  #end(
    stream: ClientHttp2Stream,
    http2: Http2Request,
    unfinished: ClientErrorType | undefined,
  ): void {
    this.#requests.delete(stream);
    const { method, measured, session, sent, status } = http2;
    // Do this first, because the rest may fail.
    this.#meter.deactivate(measured);
    if (sent) this.#connections.get(session)?.release();
    const { read, written } = streamBytes(stream);
    this.#meter.end(
      measured,
      status,
      status === undefined ? undefined : "2",
      unfinished,
      sent ? written : undefined,
      status === undefined ? undefined : bodyBytes(method, status, read ?? http2.declared),
      stream,
    );
  }

  #targetOf(headers: Headers): { readonly origin: Origin; readonly host: string } {
    const scheme = headers[":scheme"] === "http" ? "http" : "https";
    const authority = textOf(headers[":authority"] ?? headers["host"]);
    const { hostname, port } = new URL(`${scheme}://${authority}`);
    const { origins } = this.#meter;
    return {
      host: hostname,
      origin: origins.of(scheme, hostname, Number(port) || defaultPort(scheme)),
    };
  }
}

function handshakeOf(session: ClientHttp2Session): HandshakeEvent | undefined {
  return session.connecting ? "connect" : undefined;
}

/** Whether the session's socket is still open. */
function isConnected(session: ClientHttp2Session): boolean {
  try {
    return !session.socket.destroyed;
  } catch {
    // The session no longer has a socket.
    return false;
  }
}

function bodyBytes(method: string, status: number, came: number | undefined): number | undefined {
  return isBodiless(method, status) ? 0 : came;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
