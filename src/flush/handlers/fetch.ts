import { InvalidOptionError } from "../../shared/errors.ts";
import { optionsObject } from "../../shared/options.ts";
import { deferEnds } from "./defer.ts";
import { isWholeAtOnce, withFlushAtEnd } from "./fetch-body.ts";
import { findResponse } from "./find-response.ts";
import {
  flushIfDue,
  flushOf,
  type FlushTarget,
  isFlushDue,
  type NodeResponse,
  type RequestFlush,
} from "./target.ts";

/** Options of {@link flushFetch}. */
export interface FlushFetchOptions<Args extends readonly unknown[]> {
  /**
   * Finds the `node:http` response of this request in the handler's arguments; undefined if there is none.
   * Called at every request. @default looks where `@hono/node-server` and srvx put it
   */
  readonly nodeResponse?: (...args: Args) => NodeResponse | undefined;
}

/**
 * Wraps a handler of web `Request`s for a platform that gives the process CPU only while a request is open.
 * If a flush is due, the last bytes of the response wait for it, at most until the flush's time limit.
 * Status, headers and body stay the same.
 *
 * If a `node:http` server passes its response on to the handler, this works as `flushHandler` does.
 * Otherwise we check whether a flush is due when the handler returns; if it is, the client gets a new
 * `Response` object whose body ends after the flush, and the request is measured when it ends.
 *
 * @param target a Taskmon object
 * @param handler as of `export default { fetch }`; a Hono application's is `app.fetch`
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function flushFetch<Args extends [request: Request, ...rest: unknown[]] = [Request]>(
  target: FlushTarget,
  handler: (...args: Args) => Response | Promise<Response>,
  options?: FlushFetchOptions<Args>,
): (...args: Args) => Response | Promise<Response> {
  if (typeof handler !== "function") throw new InvalidOptionError("handler", "a function", handler);
  const given = optionsObject("flushFetch options", options, ["nodeResponse"]);
  const { nodeResponse } = given;
  if (nodeResponse !== undefined && typeof nodeResponse !== "function") {
    throw new InvalidOptionError("nodeResponse", "a function", nodeResponse);
  }
  const flush = flushOf(target);
  const defer = deferEnds(flush);
  const find = nodeResponse ?? ((...[request, beside]) => findResponse(request, beside));
  return function (this: unknown, ...args: Args): Response | Promise<Response> {
    const response = found(find, args);
    if (response !== undefined) {
      defer(response);
      return handler.apply(this, args);
    }
    const [request] = args;
    const result: Response | Promise<Response> = handler.apply(this, args);
    return result instanceof Promise
      ? result.then((answer) => flushBefore(flush, request, answer))
      : flushBefore(flush, request, result);
  };
}

/** The response, or a replacement, whose end comes after the flush. */
function flushBefore(
  flush: RequestFlush,
  request: Request,
  response: Response,
): Response | Promise<Response> {
  if (!isFlushDue(flush)) return response;
  if (!isWholeAtOnce(request, response)) return withFlushAtEnd(flush, response);
  return flushIfDue(flush).then(() => response);
}

function found<Args extends readonly unknown[]>(
  find: (...args: Args) => NodeResponse | undefined,
  args: Args,
): NodeResponse | undefined {
  try {
    return find(...args);
  } catch {
    return undefined;
  }
}
