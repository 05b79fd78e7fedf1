import { type Answer, type Asked, splitUrl } from "./answer.ts";
import { parsedText } from "./body.ts";

/** The part of a Fastify instance that our plugins use. */
export interface FastifyLike {
  route(options: {
    readonly method: string[];
    readonly url: string;
    readonly handler: (request: FastifyRequestLike, reply: FastifyReplyLike) => unknown;
  }): unknown;
}

/** The part of a Fastify request that our plugins use. */
export interface FastifyRequestLike {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** As Fastify has parsed it. */
  readonly body?: unknown;
  readonly routeOptions?: { readonly url?: string | undefined };
}

/** The part of a Fastify reply that our plugins use. */
export interface FastifyReplyLike {
  code(status: number): FastifyReplyLike;
  headers(headers: Record<string, string>): FastifyReplyLike;
  send(body: Buffer): unknown;
}

/** The request in Fastify's form, with its path below the prefix under which the plugin was registered. */
export function fastifyAsked(
  request: FastifyRequestLike,
  prefix: string,
): Asked<FastifyRequestLike> {
  return {
    method: request.method,
    ...splitUrl(request.url.slice(prefix.length)),
    header: (name) => request.headers[name.toLowerCase()]?.toString(),
    text: async (maxBytes) => parsedText(request.body, maxBytes),
    request,
  };
}

/** Sends an answer by a Fastify reply. */
export function fastifySend(reply: FastifyReplyLike, { status, headers, body }: Answer): unknown {
  return (
    reply
      .code(status)
      .headers({ ...headers })
      // Bytes: to a text Fastify would add a charset that the media type does not know.
      .send(Buffer.from(body))
  );
}
