import type { IncomingMessage } from "node:http";
import { NOT_FOUND } from "../../serve/answer.ts";
import {
  fastifyAsked,
  type FastifyLike,
  type FastifyReplyLike,
  type FastifyRequestLike,
  fastifySend,
} from "../../serve/fastify.ts";
import { fetchAsked, fetchResponse } from "../../serve/fetch.ts";
import { type NodeHandler, nodeHandler } from "../../serve/node.ts";
import type { Health } from "../health.ts";
import { type HealthHandlerOptions, healthResponder } from "./responder.ts";

/** A request listener of `node:http`, and a middleware of Express and Connect. */
export type NodeHealthHandler = NodeHandler;

/**
 * Answers `/livez`, `/readyz`, `/startupz` and `/health` from the last results of checks. Other requests go to
 * `next`; without `next`, they get a 404.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function healthHandler(
  health: Health,
  options?: HealthHandlerOptions<IncomingMessage>,
): NodeHealthHandler {
  return nodeHandler(healthResponder(health, options).respond);
}

/**
 * For servers whose handlers take a `Request` and return a `Response`, such as Hono. Returns undefined for
 * other requests.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function healthFetch(
  health: Health,
  options?: HealthHandlerOptions<Request>,
): (request: Request) => Response | undefined {
  const { respond } = healthResponder(health, options);
  return (request) => {
    const asked = fetchAsked(request);
    const answer = respond(asked);
    return answer && fetchResponse(asked, answer);
  };
}

/**
 * A Fastify plugin with the routes `/livez`, `/readyz`, `/startupz` and `/health`: give it to
 * `fastify.register`, under a `prefix` if you like.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function healthPlugin(
  health: Health,
  options?: HealthHandlerOptions<FastifyRequestLike>,
): (fastify: FastifyLike, registered: { readonly prefix?: string }, done: () => void) => void {
  const { respond, paths } = healthResponder(health, options);
  return (fastify, { prefix = "" }, done) => {
    const handler = (request: FastifyRequestLike, reply: FastifyReplyLike): unknown =>
      fastifySend(reply, respond(fastifyAsked(request, prefix)) ?? NOT_FOUND);
    for (const url of [...Object.values(paths), `${paths.health}/:group`]) {
      fastify.route({ method: ["GET", "HEAD"], url, handler });
    }
    done();
  };
}
