import type { IncomingMessage, ServerResponse } from "node:http";
import { streamText } from "./body.ts";
import { createReporter } from "../shared/report.ts";
import {
  type Answer,
  type Asked,
  INTERNAL_ERROR,
  NOT_FOUND,
  type Respond,
  splitUrl,
} from "./answer.ts";

/** A request listener of `node:http`, and a middleware of Express and Connect. */
export type NodeHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: () => void,
) => void;

/**
 * Makes a handler of `respond`. Requests that it does not answer go to `next`; without one the answer is 404.
 * Where `respond` fails, the answer is 500 and the reason is reported.
 */
export function nodeHandler(respond: Respond<IncomingMessage>): NodeHandler {
  const report = createReporter("serve");
  return (request, response, next) => {
    const finish = (answer: Answer | undefined): void => {
      if (answer !== undefined) sendAnswer(response, answer);
      else if (next !== undefined) next();
      else sendAnswer(response, NOT_FOUND);
    };
    const fail = (error: unknown): void => {
      report.errorOnce("node", "A request could not be answered", error);
      sendAnswer(response, INTERNAL_ERROR);
    };
    let answer: ReturnType<typeof respond>;
    try {
      answer = respond(askedOf(request));
    } catch (error) {
      return fail(error);
    }
    if (answer instanceof Promise) void answer.then(finish, fail);
    else finish(answer);
  };
}

/** Sends an answer, unless one has begun. */
export function sendAnswer(response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  response.writeHead(status, headers);
  // Node.js leaves the body of an answer to HEAD out.
  response.end(body);
}

function askedOf(request: IncomingMessage): Asked<IncomingMessage> {
  return {
    method: request.method ?? "",
    ...splitUrl(request.url ?? ""),
    header: (name) => request.headers[name.toLowerCase()]?.toString(),
    text: (maxBytes) => streamText(request, maxBytes),
    request,
  };
}
