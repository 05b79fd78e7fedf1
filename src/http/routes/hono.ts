import type { IncomingMessage } from "node:http";
import { setMatchedRoute } from "./route.ts";

/** The parts of Hono's context that are used here. */
export interface HonoContextLike {
  readonly req: {
    readonly routeIndex: number;
    /** The request that came; elsewhere than on Node.js it is what `measuredHandler` measures. */
    readonly raw: Request;
    /** Deprecated by Hono in favour of a helper that has to be imported from it. */
    readonly matchedRoutes: readonly HonoRoute[];
  };
  /** `@hono/node-server` puts the request of Node.js here. */
  readonly env: unknown;
}

/** A handler or middleware with its path. */
export interface HonoRoute {
  readonly path: string;
  readonly handler: Function;
}

/** Where Hono keeps a handler that it wrapped for the error handler of a mounted app. */
const COMPOSED = "__COMPOSED_HANDLER";

/**
 * A middleware for Hono that names the route which answered: on `@hono/node-server`, and on Bun and Deno under
 * `measuredHandler`. To be used first.
 * @example app.use(honoRoute());
 */
export function honoRoute(): (
  context: HonoContextLike,
  next: () => Promise<void>,
) => Promise<void> {
  return async (context, next) => {
    try {
      await next();
    } finally {
      const incoming = (context.env as { readonly incoming?: IncomingMessage } | undefined)
        ?.incoming;
      const template = matchedTemplate(context.req.matchedRoutes, context.req.routeIndex);
      if (template !== undefined) setMatchedRoute(incoming ?? context.req.raw, template);
    }
  };
}

/** The path of the handler that ran last; where a middleware answered, of the one it stands before. */
function matchedTemplate(routes: readonly HonoRoute[], ranLast: number): string | undefined {
  return routes.slice(ranLast).find((route) => !isMiddleware(route.handler))?.path;
}

/** Middleware takes `next`. */
function isMiddleware(handler: HonoRoute["handler"]): boolean {
  const target = (handler as { readonly [COMPOSED]?: HonoRoute["handler"] })[COMPOSED];
  return target === undefined ? handler.length > 1 : isMiddleware(target);
}
