import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import { routeOnRequest } from "./on-request.ts";

/** What programs named, which wins. */
const named = new WeakMap<object, string>();
/** What frameworks matched, for requests that were no longer the latest. */
const matched = new WeakMap<object, string>();
/** Whether the maps have ever had an entry: in most processes they never do, and need no look-up per request. */
let isAnyNamed = false;
let isAnyMatched = false;

/** A request in progress that keeps what its framework matched. */
export interface RoutedRequest {
  readonly request: IncomingMessage;
  /** The template that its framework matched, as far as it said so while this was the latest request. */
  route: string | undefined;
}

/**
 * The request that began last, until it ends. Most frameworks match a route before another request begins, so
 * the request keeps it, and no map is needed.
 */
let latest: RoutedRequest | undefined;

/** A request has begun. */
export function routed(request: RoutedRequest): void {
  latest = request;
}

/** A request has ended, and is kept alive no longer. */
export function unrouted(request: RoutedRequest): void {
  if (latest === request) latest = undefined;
}

/**
 * Sets the route of a request, for the label `http.route`; it wins over the framework's route. You can call
 * it at any time; after the response was finished it has no effect.
 * @param template the path template as the router has it (`/users/:id`), never the request's own path:
 *   each distinct text is a series, up to `server.maxRoutes`. A blank one removes the route.
 */
export function setHttpRoute(
  request: IncomingMessage | Http2ServerRequest | Request,
  template: string,
): void {
  // Called by programs within their requests, and so forgiving to what the types forbid.
  if (typeof request !== "object" || request === null || typeof template !== "string") return;
  const route = template.trim();
  for (const key of keysOf(request)) {
    if (route === "") named.delete(key);
    else named.set(key, route);
  }
  isAnyNamed = true;
}

/** Keeps the template that a framework matched. */
export function setMatchedRoute(request: IncomingMessage | Request, template: string): void {
  if (latest?.request === request) latest.route = template;
  else {
    matched.set(request, template);
    isAnyMatched = true;
  }
}

/**
 * The route that somebody named for the request, else the one that its framework matched.
 * @param kept the route that the request in progress keeps
 * @param path what was asked for: path and query
 */
export function routeOf(
  request: IncomingMessage | Request,
  status?: number,
  kept?: string,
  path: string | undefined = request.url,
): string | undefined {
  const route = isAnyNamed ? named.get(request) : undefined;
  if (route === undefined) {
    return (isAnyMatched ? matched.get(request) : undefined) ?? kept ?? routeOnRequest(request);
  }
  // What nobody knows is asked for by any text, and that text was no template.
  return status === 404 && isPathOf(path, route) ? undefined : route;
}

/** The route that somebody named for the request on this HTTP/2 stream. */
export function routeOfStream(
  stream: object,
  url: string | undefined,
  status: number | undefined,
): string | undefined {
  const route = named.get(stream);
  return route !== undefined && status === 404 && isPathOf(url, route) ? undefined : route;
}

/** Whether a route is the text that was asked for, with or without its query. */
function isPathOf(url: string | undefined, route: string): boolean {
  if (url === undefined) return false;
  return url === route || url.split("?", 1)[0] === route || decoded(url) === route;
}

function decoded(url: string): string | undefined {
  try {
    return decodeURIComponent(url.split("?", 1)[0]!);
  } catch {
    return undefined;
  }
}

/** A request of HTTP/2 is also known by its stream, which is there without it. */
function keysOf(request: object): object[] {
  const { stream } = request as { readonly stream?: unknown };
  return typeof stream === "object" && stream !== null ? [request, stream] : [request];
}
