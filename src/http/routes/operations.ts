import type { IncomingMessage } from "node:http";
import type { Http2ServerRequest } from "node:http2";
import { InvalidOptionError } from "../../shared/errors.ts";
import { textOption } from "../../shared/options.ts";
import { setHttpRoute } from "./route.ts";

/** The name for all unknown operations. */
const OTHER = "_OTHER";

/**
 * Gives each operation behind one path a route of its own, for GraphQL, tRPC and similar. The name comes with
 * the request, so only known names become routes.
 * @param route the shared path, such as `/graphql`
 * @param names the names of the known operations
 * @returns a function for your handler. It sets the request's route to `/graphql/<name>`, to
 *   `/graphql/_OTHER` for an unknown name, and to `/graphql` without a name. Never throws.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 * @example
 * const nameOperation = operationRoutes("/graphql", ["GetUser", "ListOrders"]); nameOperation(request,
 * body.operationName);
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
