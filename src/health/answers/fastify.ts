import type { Health } from "../health.ts";
import { NOT_FOUND } from "./answer.ts";
import { type HealthHandlerOptions, healthResponder } from "./responder.ts";

/** A Fastify instance, as far as the plugin uses it. */
export interface FastifyLike {
  route(options: {
    readonly method: string[];
    readonly url: string;
    readonly handler: (request: FastifyRequestLike, reply: FastifyReplyLike) => unknown;
  }): unknown;
}

/** A Fastify request, as far as the plugin uses it. */
export interface FastifyRequestLike {
  readonly method: string;
  readonly url: string;
  readonly headers: { readonly accept?: string | undefined };
  readonly routeOptions?: { readonly url?: string | undefined };
}

/** A Fastify reply, as far as the plugin uses it. */
export interface FastifyReplyLike {
  code(status: number): FastifyReplyLike;
  headers(headers: Record<string, string>): FastifyReplyLike;
  send(body: Buffer): unknown;
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
    const handler = (request: FastifyRequestLike, reply: FastifyReplyLike): unknown => {
      const { method, headers } = request;
      const url = request.url.slice(prefix.length);
      const answer = respond({ method, url, accept: headers.accept, request }) ?? NOT_FOUND;
      return (
        reply
          .code(answer.status)
          .headers({ ...answer.headers })
          // Bytes: to a text Fastify would add a charset that the media type does not know.
          .send(Buffer.from(answer.body))
      );
    };
    for (const url of [...Object.values(paths), `${paths.health}/:group`]) {
      fastify.route({ method: ["GET", "HEAD"], url, handler });
    }
    done();
  };
}
