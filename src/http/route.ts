import type { IncomingMessage } from "node:http";

const routes = new WeakMap<IncomingMessage, string>();

/**
 * Names the route that a request matched, for the label `http.route`. Safe at any time; what is said
 * after the response was finished comes too late and is forgotten with the request.
 * @param template the path template as the router has it (`/users/:id`), never the request's own path:
 *   each distinct text is a series. A blank one takes back what was said before.
 */
export function setHttpRoute(request: IncomingMessage, template: string): void {
  // Called by programs within their requests, and so forgiving to what the types forbid.
  if (typeof request !== "object" || request === null || typeof template !== "string") return;
  const route = template.trim();
  if (route === "") routes.delete(request);
  else routes.set(request, route);
}

/** The route that somebody named for the request. */
export function routeOf(request: IncomingMessage): string | undefined {
  return routes.get(request);
}
