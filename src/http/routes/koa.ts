import type { IncomingMessage } from "node:http";
import { setHttpRoute } from "./route.ts";

/** The parts of Koa's context that are used here; `@koa/router` adds the second. */
export interface KoaContextLike {
  readonly req: IncomingMessage;
  /** The whole template of the route that answered. */
  readonly _matchedRoute?: unknown;
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
      const { _matchedRoute: route } = context;
      if (typeof route === "string") setHttpRoute(context.req, route);
      else if (route instanceof RegExp) setHttpRoute(context.req, route.source);
    }
  };
}
