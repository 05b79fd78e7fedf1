import type { IncomingMessage, ServerResponse } from "node:http";
import { InvalidOptionError } from "../shared/errors.ts";
import { methodsOption } from "../shared/options.ts";
import { prometheusReader, type PrometheusReader } from "./reader.ts";

/** What answers a scrape: a `prometheusReader()` does. */
export interface ScrapeAnswer {
  handler(request: IncomingMessage, response: ServerResponse): void;
}

/** What says where a framework's plugin answers scrapes, and what does. */
interface ScrapeRouteOptions {
  readonly taskmon?: { attach(reader: PrometheusReader): unknown };
  readonly reader?: ScrapeAnswer;
  readonly metricsPath?: string | false;
}

/**
 * Where a framework's plugin answers scrapes, and what does; undefined for nowhere. Without a reader it
 * attaches one of its own, which nobody undoes: read the other options first.
 * @param room whose options they are, for errors
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function scrapeRoute(
  room: string,
  { taskmon, reader, metricsPath }: ScrapeRouteOptions,
): { readonly path: string; readonly reader: ScrapeAnswer } | undefined {
  const path = metricsPath ?? "/metrics";
  if (path === false) return undefined;
  if (typeof path !== "string" || !/^\/[^?#\s:*]+$/.test(path)) {
    const expected = "a path that begins with /, or false";
    throw new InvalidOptionError(`${room}.metricsPath`, expected, path);
  }
  if (reader !== undefined) {
    return { path, reader: methodsOption(`${room}.reader`, reader, ["handler"]) };
  }
  const own = prometheusReader();
  taskmon!.attach(own);
  return { path, reader: own };
}
