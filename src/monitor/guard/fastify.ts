import type { IncomingMessage, ServerResponse } from "node:http";

/** A plugin of Fastify: `app.register(guard.fastify, { prefix: "/wiki" })`. */
export type FastifyGuard = (
  fastify: FastifyGuardInstance,
  options: { readonly prefix?: string },
  done: (error?: Error) => void,
) => void;

/** A Fastify instance, as far as the plugin uses it. */
export interface FastifyGuardInstance {
  route(options: {
    readonly method: string[];
    readonly url: string;
    readonly onRequest: (
      request: { readonly raw: IncomingMessage },
      reply: { readonly raw: ServerResponse; hijack(): unknown },
      done: () => void,
    ) => void;
    readonly handler: () => void;
  }): unknown;
  readonly supportedMethods?: readonly string[];
}

/** The methods of older Fastify versions, which have no `supportedMethods`. */
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** The plugin for a guard's handler. */
export function fastifyGuard(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
): FastifyGuard {
  return (fastify, { prefix = "" }, done) => {
    const method = [...(fastify.supportedMethods ?? METHODS)];
    for (const url of ["/", "/*"]) {
      fastify.route({
        ...{ method, url },
        // This runs before Fastify reads the body. After hijack() Fastify leaves the response alone.
        onRequest({ raw: request }, reply) {
          reply.hijack();
          const whole = request.url ?? "/";
          if (prefix !== "" && whole.startsWith(prefix)) {
            Object.assign(request, { originalUrl: whole, url: belowPrefix(whole, prefix) });
          }
          handler(request, reply.raw);
        },
        handler: () => undefined,
      });
    }
    done();
  };
}

function belowPrefix(url: string, prefix: string): string {
  const rest = url.slice(prefix.length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}
