import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { namedPeer } from "../../shared/named-peer.ts";
import { asRecord, hopByHop, pairsOf } from "./fields.ts";
import {
  type InboundRequest,
  isHttp2Response,
  type OutboundResponse,
  resetClient,
} from "./messages.ts";
import { failureOf, ForwardError, type ForwardListener } from "./outcome.ts";
import type { RequestHead } from "./request-head.ts";
import type { ForwardSettings } from "./settings.ts";

/** A dispatcher of undici 7 or later, as far as we use it. */
export interface DispatcherLike {
  dispatch(options: DispatchOptions, handler: DispatchHandler): boolean;
}

/** The arguments of undici's `dispatch`. */
export interface DispatchOptions {
  readonly origin: string;
  readonly path: string;
  readonly method: string;
  readonly headers: string[];
  readonly body: Readable | null;
  readonly headersTimeout: number;
  readonly bodyTimeout: number;
}

/** The callbacks of a request, which undici calls. */
export interface DispatchHandler {
  onRequestStart(controller: DispatchController): void;
  onResponseStart(
    controller: DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    statusMessage?: string,
  ): void;
  onResponseData(controller: DispatchController, chunk: Buffer): void;
  onResponseEnd(controller: DispatchController, trailers: IncomingHttpHeaders): void;
  onResponseError(controller: DispatchController | undefined, error: Error): void;
}

/** Pauses, resumes and aborts a request of undici. */
export interface DispatchController {
  abort(reason: Error): void;
  pause(): void;
  resume(): void;
}

/** Forwards a request through the caller's dispatcher. */
export function forwardByDispatcher(
  service: string,
  settings: ForwardSettings & { readonly dispatcher: DispatcherLike },
  head: RequestHead,
  request: InboundRequest,
  response: OutboundResponse,
  listener: ForwardListener,
): void {
  const { target, dispatcher, answerTimeoutMs: headersTimeout } = settings;
  let controller: DispatchController | undefined;
  let isOver = false;
  const fail = (failure: ForwardError): void => {
    if (isOver) return;
    isOver = true;
    request.resume();
    listener.failed(failure);
  };
  request.on("error", () => undefined);
  response.on("error", () => undefined);
  response.on("close", () => {
    if (isOver) return;
    isOver = true;
    controller?.abort(CLIENT_GONE);
  });
  response.on("drain", () => controller?.resume());
  const handler: DispatchHandler = {
    onRequestStart(given) {
      controller = given;
      if (isOver) given.abort(CLIENT_GONE);
    },
    onResponseStart(given, status, headers, message) {
      if (status < 200) return;
      if (!begin(response, status, message ?? "", headers, settings)) {
        fail(new ForwardError("its answer cannot be passed on", 502, false));
        return given.abort(CLIENT_GONE);
      }
      listener.answered(status);
    },
    onResponseData(given, chunk) {
      if (!(response as ServerResponse).write(chunk)) given.pause();
    },
    onResponseEnd(_given, trailers) {
      isOver = true;
      const fields = Object.entries(trailers ?? {}).map(
        ([name, value]) => [name, String(value)] as const,
      );
      if (fields.length > 0) response.addTrailers(asRecord(fields));
      response.end();
      if (!request.readableEnded) request.resume();
    },
    onResponseError(_given, error) {
      if (isOver) return;
      // Undici does not say whether the connection was reused.
      if (!response.headersSent) return fail(failureOf(error, true));
      isOver = true;
      resetClient(response);
    },
  };
  const body = head.hasBody ? (request as Readable) : null;
  try {
    namedPeer(service, () =>
      dispatcher.dispatch(
        {
          ...{ origin: target.url.origin, path: head.path, method: head.method, body },
          ...{ headers: withoutFraming(head.headers), headersTimeout, bodyTimeout: 0 },
        },
        handler,
      ),
    );
  } catch (error) {
    fail(new ForwardError("the request cannot be sent", 502, false, { cause: error }));
  }
}

function begin(
  response: OutboundResponse,
  status: number,
  message: string,
  headers: IncomingHttpHeaders,
  { via }: ForwardSettings,
): boolean {
  const raw = Object.entries(headers).flatMap(([name, value = ""]) =>
    [value].flat().flatMap((one) => [name, one]),
  );
  const codings = headers["transfer-encoding"];
  if (codings !== undefined && codings.toLowerCase() !== "chunked") return false;
  const staysBehind = hopByHop(raw);
  const passed = [...pairsOf(raw)].filter(([name]) => !staysBehind(name) && name !== "trailer");
  if (via !== undefined) passed.push(["via", `1.1 ${via}`]);
  try {
    if (isHttp2Response(response)) response.writeHead(status, asRecord(passed));
    else response.writeHead(status, message, passed.flat());
    return true;
  } catch {
    return false;
  }
}

/** Undici frames the body by itself. */
function withoutFraming(headers: readonly string[]): string[] {
  return [...pairsOf(headers)]
    .filter(([name]) => name !== "Transfer-Encoding" && name !== "Trailer")
    .flat();
}

const CLIENT_GONE = new Error("the client went away");
