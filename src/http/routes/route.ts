import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import { routeOnRequest } from "./on-request.ts";

/** The routes that programs set. They win. */
const named = new WeakMap<object, string>();
/** The routes that frameworks matched, for requests that are not the latest one. */
const matched = new WeakMap<object, string>();
/** Whether the maps have ever had an entry. In most processes they never have, so no look-up is necessary. */
let isAnyNamed = false;
let isAnyMatched = false;

/** A request in progress that stores its framework's route. */
export interface RoutedRequest {
  readonly request: IncomingMessage;
  /** The template that its framework matched, if it did so while this was the latest request. */
  route: string | undefined;
}

/**
 * The request that began last, until it ends. Most frameworks match a route before the next request begins.
 * The route is then stored in this object, and no map is needed.
 */
let latest: RoutedRequest | undefined;

/** Makes the request the latest one, because it has begun. */
export function routed(request: RoutedRequest): void {
  latest = request;
}

/** Forgets the request, because it has ended. */
export function unrouted(request: RoutedRequest): void {
  if (latest === request) latest = undefined;
}

/**
 * Sets the route of a request, for the label `http.route`; it wins over the framework's route. You can call
 * it at any time; after the response was finished it has no effect.
 * @param template the path template as the router has it (`/users/:id`), never the request's own path: each
 *   distinct text is a series, up to `server.maxRoutes`. A blank one removes the route.
 */
export function setHttpRoute(
  request: IncomingMessage | Http2ServerRequest | Request,
  template: string,
): void {
  // Programs call this during requests, so ignore wrong arguments.
  if (typeof request !== "object" || request === null || typeof template !== "string") return;
  const route = template.trim();
  for (const key of keysOf(request)) {
    if (route === "") named.delete(key);
    else named.set(key, route);
  }
  isAnyNamed = true;
}

/** Stores the template that a framework matched. */
export function setMatchedRoute(request: IncomingMessage | Request, template: string): void {
  if (latest?.request === request) latest.route = template;
  else {
    matched.set(request, template);
    isAnyMatched = true;
  }
}

/**
 * Returns the route that the program set for the request, or else the one that its framework matched.
 * @param kept the route that is stored in the request in progress
 * @param path the requested path and query
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
  // A request for an unknown path can have any text as its path. That text is not a template.
  return status === 404 && isPathOf(path, route) ? undefined : route;
}

/** Returns the route that the program set for the request on this HTTP/2 stream. */
export function routeOfStream(
  stream: object,
  url: string | undefined,
  status: number | undefined,
): string | undefined {
  const route = named.get(stream);
  return route !== undefined && status === 404 && isPathOf(url, route) ? undefined : route;
}

/** Whether a route is just the requested path, with or without its query. */
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

/**
 * Returns the keys of a request. An HTTP/2 request also has its stream as a key, because the core API has
 * only the stream.
 */
function keysOf(request: object): object[] {
  const { stream } = request as { readonly stream?: unknown };
  return typeof stream === "object" && stream !== null ? [request, stream] : [request];
}
