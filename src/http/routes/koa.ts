import type { IncomingMessage } from "node:http";
import { setMatchedRoute } from "./route.ts";

/** The parts of Koa's context that are used here; `@koa/router` adds the last two. */
export interface KoaContextLike {
  readonly req: IncomingMessage;
  readonly method?: string;
  /** The whole template of the layer that ran last: a route's, or a middleware's. */
  readonly _matchedRoute?: unknown;
  /** What matched the path, in their order. */
  readonly matched?: readonly KoaLayer[];
}

/** A route or, without methods, a middleware of `@koa/router`. */
export interface KoaLayer {
  readonly path: unknown;
  readonly methods: readonly string[];
}

/**
 * A middleware for Koa that names the route which `@koa/router` matched. To be used before the routers:
 * Koa shows its context to middleware alone.
 * @example app.use(koaRoute());
 */
export function koaRoute(): (
  context: KoaContextLike,
  next: () => Promise<unknown>,
) => Promise<void> {
  return async (context, next) => {
    try {
      await next();
    } finally {
      const route = matchedPath(context);
      if (typeof route === "string") setMatchedRoute(context.req, route);
      else if (route instanceof RegExp) setMatchedRoute(context.req, route.source);
    }
  };
}

/** Where a middleware of a router answered, the path of the route that it stands before. */
function matchedPath({ method = "", _matchedRoute: ran, matched }: KoaContextLike): unknown {
  const routes = matched?.filter(({ methods }) => methods.includes(method));
  if (routes === undefined) return ran;
  return (routes.find(({ path }) => path === ran) ?? routes.at(-1))?.path;
}
