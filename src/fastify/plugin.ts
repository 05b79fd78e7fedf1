import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { FastifyReplyLike, FastifyRequestLike } from "../serve/fastify.ts";
import { type ClosingFastify, drainOnClose } from "./drain.ts";
import { fastifySettings, type ScrapeAnswer, type TaskmonFastifyOptions } from "./options.ts";

/** The part of a Fastify instance that the plugin uses. */
export interface FastifyHost extends ClosingFastify {
  /** The prefixes under which this instance was registered. */
  readonly prefix: string;
  route(options: {
    readonly method: string[];
    readonly url: string;
    readonly handler: (
      request: FastifyRequestLike & { readonly raw: IncomingMessage | Http2ServerRequest },
      reply: FastifyReplyLike & {
        readonly raw: ServerResponse | Http2ServerResponse;
        hijack(): unknown;
      },
    ) => unknown;
  }): unknown;
}

/**
 * A plugin for Fastify 5: metrics at `/metrics`, health at `/livez`, `/readyz`, `/startupz` and `/health`,
 * and an orderly end. `app.close()` first lets readiness fail, while every request is still answered;
 * `drain.delayMs` later Fastify closes as ever. Where it does not listen, it closes at once.
 *
 * A wrong option rejects `app.ready()` and `app.listen()` with an InvalidOptionError
 * `ERR_TASKMON_INVALID_OPTION`.
 * @example
 * await app.register(taskmonFastify, { taskmon });
 */
export async function taskmonFastify(
  fastify: FastifyHost,
  options: TaskmonFastifyOptions,
): Promise<void> {
  const { health, metrics, answers, drain } = fastifySettings(options);
  if (metrics !== undefined) metricsRoute(fastify, metrics.path, metrics.reader);
  if (drain !== undefined) drainOnClose(fastify, health, drain);
  answers?.(fastify, { prefix: fastify.prefix }, () => {});
}

function metricsRoute(fastify: FastifyHost, url: string, reader: ScrapeAnswer): void {
  fastify.route({
    ...{ method: ["GET", "HEAD"], url },
    handler(request, reply) {
      // The reader writes the answer itself: no serializer and no compression of Fastify's.
      reply.hijack();
      // Those of HTTP/2 have the same methods.
      reader.handler(request.raw as IncomingMessage, reply.raw as ServerResponse);
    },
  });
}
