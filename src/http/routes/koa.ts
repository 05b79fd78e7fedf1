import type { IncomingMessage } from "node:http";
import { setMatchedRoute } from "./route.ts";

/** The parts of Koa's context that we use. `@koa/router` adds the last two. */
export interface KoaContextLike {
  readonly req: IncomingMessage;
  readonly method?: string;
  /** The full template of the layer that ran last, a route or a middleware. */
  readonly _matchedRoute?: unknown;
  /** The layers that matched the path, in order. */
  readonly matched?: readonly KoaLayer[];
}

/** A route or, without methods, a middleware of `@koa/router`. */
export interface KoaLayer {
  readonly path: unknown;
  readonly methods: readonly string[];
}

/**
 * A middleware for Koa that sets the route that `@koa/router` matched. Use it before the routers: only a
 * middleware can see Koa's context.
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

/**
 * Returns the path of the route that ran last. If a middleware of a router answered, returns the path of the
 * route after it.
 */
function matchedPath({ method = "", _matchedRoute: ran, matched }: KoaContextLike): unknown {
  const routes = matched?.filter(({ methods }) => methods.includes(method));
  if (routes === undefined) return ran;
  return (routes.find(({ path }) => path === ran) ?? routes.at(-1))?.path;
}
