import type { IncomingMessage, ServerResponse } from "node:http";
import type { Health } from "../health.ts";
import { type Answer, NOT_FOUND } from "./answer.ts";
import { type HealthHandlerOptions, healthResponder } from "./responder.ts";

/** A request listener of `node:http`, and a middleware of Express and Connect. */
export type NodeHealthHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: () => void,
) => void;

/**
 * Answers `/livez`, `/readyz`, `/startupz` and `/health` from the last results of checks. What is about
 * something else goes to `next`; without one it is answered with 404.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function healthHandler(
  health: Health,
  options?: HealthHandlerOptions<IncomingMessage>,
): NodeHealthHandler {
  const { respond } = healthResponder(health, options);
  return (request, response, next) => {
    const answer = respond({
      method: request.method ?? "",
      url: request.url ?? "",
      accept: request.headers.accept,
      request,
    });
    if (answer !== undefined) send(response, answer);
    else if (next !== undefined) next();
    else send(response, NOT_FOUND);
  };
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, headers);
  // Node.js leaves the body of an answer to HEAD out.
  response.end(body);
}
