import type { RequestListener } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { InvalidOptionError } from "../../shared/errors.ts";
import { deferEnds } from "./defer.ts";
import { flushOf, type FlushTarget, type NodeResponse } from "./target.ts";

type Request = Parameters<RequestListener>[0];
type Response = Parameters<RequestListener>[1];

/**
 * The same handler for a platform that gives the process CPU only while a request is open: where a flush is
 * due when a response ends, its last bytes wait for it, by the flush's time limit at most. To everybody in
 * the process the response ends as ever.
 *
 * @param target a Taskmon object
 * @param handler also a framework's: an Express application, Koa's `callback()`, Fastify's in `serverFactory`
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
 * Middleware for Express, Connect and their like that does what {@link flushHandler} does. Put it first:
 * before what replaces `response.end`, as `compression` does.
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
