import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Http2Server } from "node:http2";
import type { Duplex } from "node:stream";
import type { Answer } from "../../serve/answer.ts";
import { Forwarder } from "../forward/forwarder.ts";
import {
  type InboundRequest,
  isHttp2Response,
  type OutboundResponse,
  Refusal,
} from "../forward/messages.ts";
import type { ForwardError, ForwardListener } from "../forward/outcome.ts";
import type { RequestHead } from "../forward/request-head.ts";
import type { MonitoredService } from "../service.ts";
import { Answers, type Asking } from "./answers.ts";
import { attach, type AttachOptions } from "./attach.ts";
import { Gate } from "./decide.ts";
import { EVENT_STREAM_HEADERS, EventStreams } from "./events.ts";
import { fastifyGuard, type FastifyGuard } from "./fastify.ts";
import { FetchGuard } from "./fetch.ts";
import { type GuardOptions, guardSettings, type GuardSettings } from "./options.ts";
import { plainResponse } from "./plain-response.ts";

/**
 * Guards a service. While it is up, requests are forwarded to it; while it is down, the guard answers them,
 * and triggers wake the service.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function createGuard(service: MonitoredService, options?: GuardOptions): Guard {
  return new Guard(service, options);
}

/** See {@link createGuard}. */
export class Guard implements Disposable {
  readonly service: MonitoredService;
  readonly #settings: GuardSettings;
  readonly #forwarder: Forwarder;
  readonly #gate: Gate;
  readonly #answers: Answers;
  readonly #streams: EventStreams;
  readonly #observer: Pick<ForwardListener, "answered">;
  readonly #fetch: FetchGuard;
  /** Connections on which a request was refused. Later data on them may be part of that request. */
  readonly #refused = new WeakSet<object>();

  constructor(service: MonitoredService, options?: GuardOptions) {
    this.service = service;
    this.#settings = guardSettings(service.name, options);
    this.#forwarder = new Forwarder(service.name, service.url, this.#settings.forward);
    this.#gate = new Gate(service, this.#settings);
    this.#answers = new Answers(service, this.#settings);
    this.#streams = new EventStreams(service);
    this.#observer = {
      answered: (status) => service.observe(status >= 502 && status <= 504 ? "failed" : "answered"),
    };
    this.#fetch = new FetchGuard({
      ...{ service, eventsPath: this.#settings.eventsPath, answered: this.#observer.answered },
      ...{ forwarder: this.#forwarder, gate: this.#gate },
      ...{ answers: this.#answers, streams: this.#streams },
    });
  }

  /**
   * A request listener of `node:http`, `node:https` and `node:http2`, and a middleware of Express and
   * Connect; mount it before body parsers. It answers every request.
   */
  readonly handler = (request: InboundRequest, response: OutboundResponse): void => {
    this.#handle(request, response, false);
  };

  /** The same for clients that wait for `100 Continue`: a listener for a server's `checkContinue`. */
  readonly continueHandler = (request: InboundRequest, response: OutboundResponse): void => {
    // Only the client knows whether it sends the body next, so no other request may follow on the connection.
    if (!isHttp2Response(response)) response.shouldKeepAlive = false;
    this.#handle(request, response, true);
  };

  /** A listener for a server's `upgrade` and `connect`: forwards websockets, or answers them itself. */
  readonly upgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const response = plainResponse(request, socket);
    const protocol = request.headers.upgrade;
    // After a switch to HTTP/2 we would not see the requests. A server may ignore the offer, so we do.
    if (request.method !== "CONNECT" && /^\s*h2c/i.test(protocol ?? "")) {
      return this.#handle(request, response, false);
    }
    this.#decide(request, response, () => {
      const listener = this.#listener(request, response);
      const refusal = this.#forwarder.upgrade({ request, socket, head, response }, listener);
      if (refusal !== undefined) this.#refuse(request, response, refusal);
    });
  };

  /** How many websockets and other upgraded connections are open. */
  get openTunnels(): number {
    return this.#forwarder.openTunnels;
  }

  /** A Fastify plugin, which handles every request below its prefix. */
  get fastify(): FastifyGuard {
    return fastifyGuard(this.handler);
  }

  /**
   * For servers whose handlers take a `Request` and return a `Response`. It supports no upgrades and no interim
   * answers.
   */
  readonly fetch = (request: Request): Promise<Response> => this.#fetch.answer(request);

  /**
   * Handles what a server reports by events instead of requests: `Expect: 100-continue`, upgrades, and
   * CONNECT.
   * @returns a function that ends it
   */
  attach(server: Server | Http2Server, options?: AttachOptions): () => void {
    return attach(this, server, options);
  }

  /** Ends tunnels, event streams, and idle connections to the service. Idempotent. */
  close(): void {
    this.#streams.close();
    this.#forwarder.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #handle(request: InboundRequest, response: OutboundResponse, expects: boolean): void {
    // It was pipelined behind a refused request. The connection ends with the answer to that one.
    if (this.#refused.has(request.socket)) return;
    const { eventsPath } = this.#settings;
    if (eventsPath !== undefined && request.url === eventsPath && request.method === "GET") {
      return this.#stream(request, response);
    }
    const head = this.#forwarder.prepare(request, expects);
    if (head instanceof Refusal) return this.#refuse(request, response, head);
    if (this.#gate.isOpen()) return this.#forward(head, request, response);
    this.#decide(request, response, () => this.#forward(head, request, response));
  }

  #forward(head: RequestHead, request: InboundRequest, response: OutboundResponse): void {
    this.#forwarder.forward(head, request, response, this.#listener(request, response));
  }

  #listener(request: InboundRequest, response: OutboundResponse): ForwardListener {
    return {
      answered: this.#observer.answered,
      failed: ({ status, isEvidence }: ForwardError) => {
        if (isEvidence) this.service.observe("failed");
        send(response, this.#answers.failed(askingOf(request), status));
      },
    };
  }

  #decide(request: InboundRequest, response: OutboundResponse, forward: () => void): void {
    const gone = new AbortController();
    const onClose = (): void => gone.abort();
    response.once("close", onClose);
    void this.#gate.decide(gone.signal).then((decided) => {
      response.removeListener("close", onClose);
      if (decided === "forwarded") return forward();
      if (decided === "unavailable") send(response, this.#answers.unavailable(askingOf(request)));
      if (decided === "error") send(response, this.#answers.unknown(askingOf(request)));
    });
  }

  #refuse(request: InboundRequest, response: OutboundResponse, refusal: Refusal): void {
    this.service.count("error");
    // What follows on the connection may belong to the request that we could not read.
    if (!isHttp2Response(response)) {
      response.shouldKeepAlive = false;
      this.#refused.add(request.socket);
    }
    send(response, this.#answers.refused(askingOf(request), refusal.status, refusal.detail));
  }

  #stream(request: InboundRequest, response: OutboundResponse): void {
    (response as ServerResponse).writeHead(200, { ...EVENT_STREAM_HEADERS });
    const end = this.#streams.open({
      send: (text) => void (response as ServerResponse).write(text),
      end: () => void response.end(),
    });
    if (end === undefined) return void response.end();
    response.on("close", end);
    request.resume();
  }
}

/** Sends our own answer, unless another answer has begun. */
function send(response: OutboundResponse, { status, headers, body }: Answer): void {
  if (response.headersSent || response.destroyed || response.writableEnded) return;
  response.on("error", () => undefined);
  (response as ServerResponse).writeHead(status, headers);
  response.end(response.req.method === "HEAD" ? "" : body);
}

function askingOf(request: InboundRequest): Asking {
  const { method = "GET", url = "" } = request;
  return { method, accept: request.headers.accept, mount: mountOf(request, url) };
}

/** Frameworks remove the mount path from `url`, and keep the whole URL in `originalUrl`. */
function mountOf(request: InboundRequest, url: string): string {
  const whole = "originalUrl" in request ? request.originalUrl : undefined;
  if (typeof whole !== "string") return "";
  const rest = url === "/" && !whole.endsWith("/") ? "" : url;
  return whole.endsWith(rest) ? whole.slice(0, whole.length - rest.length).split("?")[0]! : "";
}
