import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import { routeOnRequest } from "./on-request.ts";

const routes = new WeakMap<object, string>();

/**
 * Names the route that a request matched, for the label `http.route`; it wins over what the request's
 * framework says. Safe at any time; what is said after the response was finished comes too late and is
 * forgotten with the request.
 * @param template the path template as the router has it (`/users/:id`), never the request's own path:
 *   each distinct text is a series. A blank one takes back what was said before.
 */
export function setHttpRoute(
  request: IncomingMessage | Http2ServerRequest,
  template: string,
): void {
  // Called by programs within their requests, and so forgiving to what the types forbid.
  if (typeof request !== "object" || request === null || typeof template !== "string") return;
  const route = template.trim();
  for (const key of keysOf(request)) {
    if (route === "") routes.delete(key);
    else routes.set(key, route);
  }
}

/** The route that somebody named for the request, else the one that its framework left on it. */
export function routeOf(request: IncomingMessage): string | undefined {
  return routes.get(request) ?? routeOnRequest(request);
}

/** The route that somebody named for the request on this HTTP/2 stream. */
export function routeOfStream(stream: object): string | undefined {
  return routes.get(stream);
}

/** A request of HTTP/2 is also known by its stream, which is there without it. */
function keysOf(request: object): object[] {
  const { stream } = request as { readonly stream?: unknown };
  return typeof stream === "object" && stream !== null ? [request, stream] : [request];
}
