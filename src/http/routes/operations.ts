import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import { InvalidOptionError } from "../../shared/errors.ts";
import { textOption } from "../../shared/options.ts";
import { setHttpRoute } from "./route.ts";

/** What stands for every operation that is not known. */
const OTHER = "_OTHER";

/**
 * Tells the operations behind one route apart, for GraphQL, tRPC and the like, whose names come with the
 * request: only known names become routes.
 * @param route what they share, `/graphql`
 * @param names the operations that there are
 * @returns a function for the handler. It names the request's route `/graphql/<name>`, and `/graphql/_OTHER`
 *   for a name that is not known; without a name it is the route alone. Never throws.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 * @example
 * const nameOperation = operationRoutes("/graphql", ["GetUser", "ListOrders"]);
 * nameOperation(request, body.operationName);
 */
export function operationRoutes(
  route: string,
  names: Iterable<string>,
): (request: IncomingMessage | Http2ServerRequest, name: unknown) => void {
  const base = textOption("route", route).replace(/\/+$/, "");
  if (typeof names !== "object" || !(Symbol.iterator in names)) {
    throw new InvalidOptionError("names", "a list of names", names);
  }
  const known = new Map<unknown, string>();
  for (const name of names) known.set(name, `${base}/${textOption("names", name)}`);
  return (request, name) => {
    const absent = name === undefined || name === null || name === "";
    setHttpRoute(request, absent ? base : (known.get(name) ?? `${base}/${OTHER}`));
  };
}
