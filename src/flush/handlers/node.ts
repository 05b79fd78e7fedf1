import type { RequestListener } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { InvalidOptionError } from "../../shared/errors.ts";
import { deferEnds } from "./defer.ts";
import { flushOf, type FlushTarget, type NodeResponse } from "./target.ts";

type Request = Parameters<RequestListener>[0];
type Response = Parameters<RequestListener>[1];

/**
 * Wraps a handler for a platform that gives the process CPU only while a request is open. If a flush is due
 * when a response ends, its last bytes wait for the flush, at most until the flush's time limit. Inside the
 * process the response ends as usual.
 *
 * @param target a Taskmon object
 * @param handler yours, or a framework's: an Express application, Koa's `callback()`, Fastify's in
 *   `serverFactory`
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function flushHandler<R>(
  target: FlushTarget,
  handler: (request: Request, response: Response) => R,
): (request: Request, response: Response) => R;
/** The same for servers of `node:http2`. */
export function flushHandler<R>(
  target: FlushTarget,
  handler: (request: Http2ServerRequest, response: Http2ServerResponse) => R,
): (request: Http2ServerRequest, response: Http2ServerResponse) => R;
export function flushHandler(
  target: FlushTarget,
  handler: (request: never, response: never) => unknown,
): (request: never, response: never) => unknown {
  if (typeof handler !== "function") {
    throw new InvalidOptionError("handler", "a function", handler);
  }
  const defer = deferEnds(flushOf(target));
  return function (this: unknown, request, response) {
    defer(response);
    return handler.call(this, request, response);
  };
}

/**
 * Middleware for Express, Connect and similar frameworks; does the same as {@link flushHandler}. Put it
 * first, before middleware that replaces `response.end`, such as `compression`.
 *
 * @param target a Taskmon object
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function flushMiddleware(
  target: FlushTarget,
): (request: unknown, response: NodeResponse, next: () => unknown) => void {
  const defer = deferEnds(flushOf(target));
  return (_request, response, next) => {
    defer(response);
    next();
  };
}
