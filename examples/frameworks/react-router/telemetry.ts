import { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingMessage } from "node:http";
import type { MiddlewareFunction } from "react-router";
import { createTaskmon } from "taskmon";
import { setHttpRoute } from "taskmon/http";
import { prometheusReader } from "taskmon/prometheus";

export const taskmon = createTaskmon({ target: { serviceName: "shop" } });
export const reader = taskmon.attach(prometheusReader());

/** The request of Node.js that React Router answers. */
export const answering = new AsyncLocalStorage<IncomingMessage>();

/** For app/root.tsx: `export const middleware = [nameRoute];` */
export const nameRoute: MiddlewareFunction<Response> = ({ pattern }, next) => {
  const request = answering.getStore();
  if (request !== undefined) setHttpRoute(request, `/${pattern.replace(/^\//, "")}`);
  return next();
};
