import { nextRoute } from "./next.ts";
import { expressRoute, type ExpressRequest } from "./express.ts";

/**
 * Returns the template that a framework left on the request. Express, and NestJS with it, leave
 * `request.route` and the routers in `request.app`; restify and the `router` package leave
 * `request.route.path`; Next.js has internal data. Returns undefined if no route matched, or if the full
 * template is unknown.
 */
export function routeOnRequest(request: object): string | undefined {
  const { route } = request as Partial<ExpressRequest>;
  try {
    if (route === undefined || route === null || typeof route !== "object") {
      return nextRoute(request);
    }
    return expressRoute(request as ExpressRequest, route);
  } catch {
    // Another library has a field `route` with other contents, or a getter that throws.
    return undefined;
  }
}
