import { nextRoute } from "./next.ts";
import { expressRoute, type ExpressRequest } from "./express.ts";

/**
 * The template that a framework left on the request by the end: Express, and NestJS on it, as
 * `request.route` with the routers of `request.app`; restify and the `router` package as
 * `request.route.path`; Next.js in what it keeps for itself. Undefined where no route matched, and where the template is not known whole.
 */
export function routeOnRequest(request: object): string | undefined {
  const { route } = request as Partial<ExpressRequest>;
  try {
    if (route === undefined || route === null || typeof route !== "object") {
      return nextRoute(request);
    }
    return expressRoute(request as ExpressRequest, route);
  } catch {
    // A field that somebody else calls `route`, or a getter of theirs.
    return undefined;
  }
}
