import type { IncomingMessage } from "node:http";
import { type Answer, NOT_FOUND, plainAnswer } from "../serve/answer.ts";
import {
  fastifyAsked,
  type FastifyLike,
  type FastifyReplyLike,
  type FastifyRequestLike,
  fastifySend,
} from "../serve/fastify.ts";
import { fetchAsked, fetchResponse } from "../serve/fetch.ts";
import { type NodeHandler, nodeHandler } from "../serve/node.ts";
import type { AdminTaskmon } from "./host.ts";
import type { AdminOptions } from "./options.ts";
import { adminResponder } from "./respond.ts";

/**
 * The status page and its API for `node:http`, Express and Connect. What is about something else goes to
 * `next`; without one it is answered with 404.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function adminHandler(taskmon: AdminTaskmon, options?: AdminOptions): NodeHandler {
  const { respond } = adminResponder(taskmon, options);
  return nodeHandler((asked) => slashAfterMount(asked.request) ?? respond(asked));
}

/**
 * For servers whose handlers take a `Request` and return a `Response`, such as Hono. Answers undefined
 * where a request is about something else.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function adminFetch(
  taskmon: AdminTaskmon,
  options?: AdminOptions,
): (request: Request) => Promise<Response | undefined> {
  const { respond } = adminResponder(taskmon, options);
  return async (request) => {
    const asked = fetchAsked(request);
    const answer = await respond(asked);
    return answer && fetchResponse(asked, answer);
  };
}

/**
 * A Fastify plugin: give it to `fastify.register` under a `prefix` such as `/admin`.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function adminPlugin(
  taskmon: AdminTaskmon,
  options?: AdminOptions,
): (fastify: FastifyLike, registered: { readonly prefix?: string }, done: () => void) => void {
  const { respond } = adminResponder(taskmon, options);
  return (fastify, { prefix = "" }, done) => {
    const handler = async (
      request: FastifyRequestLike,
      reply: FastifyReplyLike,
    ): Promise<unknown> => {
      const asked = fastifyAsked(request, prefix);
      const answer = asked.path === "" ? movedTo(`${prefix}/`) : await respond(asked);
      return fastifySend(reply, answer ?? NOT_FOUND);
    };
    for (const url of ["/", "/*"]) {
      fastify.route({ method: ["GET", "HEAD", "POST", "PUT", "PATCH"], url, handler });
    }
    done();
  };
}

/** The page's links are relative, so that its own path must end in a slash, also where Express mounts it. */
function slashAfterMount(request: IncomingMessage): Answer | undefined {
  const { originalUrl } = request as { readonly originalUrl?: string };
  if (originalUrl === undefined || request.url === originalUrl) return undefined;
  const [path, ...query] = originalUrl.split("?");
  if (path!.endsWith("/") || request.url?.split("?")[0] !== "/") return undefined;
  return movedTo([`${path}/`, ...query].join("?"));
}

function movedTo(location: string): Answer {
  // One slash: two would name another host.
  return plainAnswer(308, "", { location: location.replace(/^\/+/, "/") });
}
