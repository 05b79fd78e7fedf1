import type { ClientRequest, IncomingMessage } from "node:http";
import type { Answer } from "../../serve/answer.ts";
import { answerHeaders } from "../forward/answer-head.ts";
import { pairsOf } from "../forward/fields.ts";
import type { Forwarder } from "../forward/forwarder.ts";
import { watchConnecting } from "../forward/link.ts";
import { type InboundRequest, Refusal } from "../forward/messages.ts";
import { failureOf, ForwardError, type ForwardListener } from "../forward/outcome.ts";
import type { RequestHead } from "../forward/request-head.ts";
import type { MonitoredService } from "../service.ts";
import type { Answers, Asking } from "./answers.ts";
import type { Gate } from "./decide.ts";
import { EVENT_STREAM_HEADERS, type EventStreams } from "./events.ts";

/** The parts of a guard that its fetch handler uses. */
export interface FetchGuardParts extends Pick<ForwardListener, "answered"> {
  readonly service: MonitoredService;
  readonly forwarder: Forwarder;
  readonly gate: Gate;
  readonly answers: Answers;
  readonly streams: EventStreams;
  readonly eventsPath: string | undefined;
}

/** The guard for servers whose handlers take a `Request` and return a `Response`. */
export class FetchGuard {
  readonly #parts: FetchGuardParts;

  constructor(parts: FetchGuardParts) {
    this.#parts = parts;
  }

  /** Answers every request. */
  async answer(request: Request): Promise<Response> {
    const { service, forwarder, gate, answers, eventsPath } = this.#parts;
    const { pathname, search, host, protocol } = new URL(request.url);
    if (eventsPath === pathname && request.method === "GET") return this.#stream(request);
    const asking: Asking = {
      method: request.method,
      accept: request.headers.get("accept") ?? undefined,
      mount: "",
    };
    const head = forwarder.prepare(inboundOf(request, pathname + search, host, protocol));
    if (head instanceof Refusal) {
      service.count("error");
      return responseOf(asking, answers.refused(asking, head.status, head.detail));
    }
    const decided = gate.isOpen() ? "forwarded" : await gate.decide(request.signal);
    if (decided === "unavailable") return responseOf(asking, answers.unavailable(asking));
    if (decided !== "forwarded") return responseOf(asking, answers.unknown(asking));
    try {
      const answer = await this.#exchange(head, request);
      this.#parts.answered(answer.status);
      return answer;
    } catch (error) {
      const failure = error instanceof ForwardError ? error : failureOf(error as Error, false);
      if (failure.isEvidence && !request.signal.aborted) service.observe("failed");
      return responseOf(asking, answers.failed(asking, failure.status));
    }
  }

  /** @throws ForwardError */
  #exchange(head: RequestHead, request: Request): Promise<Response> {
    const { link } = this.#parts.forwarder;
    const { settings } = link;
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const late = (reason: string) => () => {
      upstream.destroy();
      reject(new ForwardError(reason, 504, true));
    };
    let upstream: ClientRequest;
    try {
      // On a new connection: here a request on a stale connection could not be repeated.
      upstream = link.send(head, true);
    } catch (error) {
      return Promise.reject(
        new ForwardError("the request cannot be sent", 502, false, { cause: error }),
      );
    }
    const cancelTimer = settings.clock.after(
      settings.answerTimeoutMs,
      late("its answer took too long"),
    );
    watchConnecting(upstream, settings, late("it could not be reached"));
    const onAbort = (): void => void upstream.destroy();
    request.signal.addEventListener("abort", onAbort, { once: true });
    upstream.on("close", () => request.signal.removeEventListener("abort", onAbort));
    upstream.on("error", (error) => {
      cancelTimer();
      reject(failureOf(error, request.signal.aborted));
    });
    upstream.on("response", (answer) => {
      cancelTimer();
      answer.on("error", () => undefined);
      const response = this.#responseFor(answer, head.method);
      if (response !== undefined) return resolve(response);
      answer.destroy();
      reject(new ForwardError("its answer cannot be passed on", 502, false));
    });
    if (request.body === null) upstream.end();
    else
      process
        .getBuiltinModule("node:stream")
        .Readable.fromWeb(request.body)
        .on("error", onAbort)
        .pipe(upstream);
    return promise;
  }

  #responseFor(answer: IncomingMessage, method: string): Response | undefined {
    const headers = answerHeaders(answer, this.#parts.forwarder.link.settings, false);
    const { statusCode: status = 0, statusMessage: statusText = "" } = answer;
    if (headers === undefined) return undefined;
    const isEmpty = method === "HEAD" || status === 204 || status === 205 || status === 304;
    if (isEmpty) answer.resume();
    const { Readable } = process.getBuiltinModule("node:stream");
    const body = isEmpty ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>);
    try {
      return new Response(body, {
        ...{ status, statusText },
        headers: [...pairsOf(headers)].map(([name, value]) => [name, value] as [string, string]),
      });
    } catch {
      return undefined;
    }
  }

  #stream(request: Request): Response {
    const encoder = new TextEncoder();
    let end: (() => void) | undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        end = this.#parts.streams.open({
          send: (text) => controller.enqueue(encoder.encode(text)),
          end: () => controller.close(),
        });
        if (end === undefined) controller.close();
      },
      cancel: () => end?.(),
    });
    request.signal.addEventListener("abort", () => end?.(), { once: true });
    return new Response(body, { headers: { ...EVENT_STREAM_HEADERS } });
  }
}

function responseOf({ method }: Asking, { status, headers, body }: Answer): Response {
  return new Response(method === "HEAD" ? null : body, { status, headers });
}

/** The head of the request in the shape of a Node.js request. */
function inboundOf(request: Request, url: string, host: string, protocol: string): InboundRequest {
  const rawHeaders: string[] = [];
  for (const [name, value] of request.headers) rawHeaders.push(name, value);
  if (!request.headers.has("host")) rawHeaders.push("host", host);
  const hasFraming =
    request.headers.has("content-length") || request.headers.has("transfer-encoding");
  if (request.body !== null && !hasFraming) rawHeaders.push("transfer-encoding", "chunked");
  return {
    ...{ method: request.method, url, rawHeaders, readableDidRead: request.bodyUsed },
    ...{ httpVersion: "1.1", httpVersionMajor: 1, httpVersionMinor: 1 },
    // A `Request` does not contain the client's address.
    socket: { remoteAddress: undefined, ...(protocol === "https:" && { encrypted: true }) },
  } as unknown as InboundRequest;
}
