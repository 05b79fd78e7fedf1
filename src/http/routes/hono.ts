import type { IncomingMessage } from "node:http";
import { setMatchedRoute } from "./route.ts";

/** The parts of Hono's context that we use. */
export interface HonoContextLike {
  readonly req: {
    readonly routeIndex: number;
    /** The original request. On Bun and Deno `measuredHandler` measures it. */
    readonly raw: Request;
    /** Hono has deprecated it in favour of a helper, which we would have to import from Hono. */
    readonly matchedRoutes: readonly HonoRoute[];
  };
  /** `@hono/node-server` puts the Node.js request here. */
  readonly env: unknown;
}

/** A handler or middleware with its path. */
export interface HonoRoute {
  readonly path: string;
  readonly handler: Function;
}

/** The key of the original handler, if Hono has wrapped it for the error handler of a mounted app. */
const COMPOSED = "__COMPOSED_HANDLER";

/**
 * A middleware for Hono that sets the route of the request. It works with `@hono/node-server`, and on Bun and
 * Deno with `measuredHandler`. Use it before all others.
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

/**
 * Returns the path of the handler that ran last. If a middleware answered, returns the path of the handler
 * after it.
 */
function matchedTemplate(routes: readonly HonoRoute[], ranLast: number): string | undefined {
  return routes.slice(ranLast).find((route) => !isMiddleware(route.handler))?.path;
}

/** A middleware has the parameter `next`. */
function isMiddleware(handler: HonoRoute["handler"]): boolean {
  const target = (handler as { readonly [COMPOSED]?: HonoRoute["handler"] })[COMPOSED];
  return target === undefined ? handler.length > 1 : isMiddleware(target);
}
