import type { IncomingMessage, ServerResponse } from "node:http";
import { InvalidOptionError } from "../shared/errors.ts";
import { methodsOption } from "../shared/options.ts";
import { prometheusReader, type PrometheusReader } from "./reader.ts";

/** Answers a scrape, as a `prometheusReader()` does. */
export interface ScrapeAnswer {
  handler(request: IncomingMessage, response: ServerResponse): void;
}

/** The options of a framework's plugin that concern scrapes. */
interface ScrapeRouteOptions {
  readonly taskmon?: { attach(reader: PrometheusReader): unknown };
  readonly reader?: ScrapeAnswer;
  readonly metricsPath?: string | false;
}

/**
 * Returns the path where a framework's plugin answers scrapes, and the reader that answers; or undefined if
 * the plugin answers none. Without a reader it creates and attaches one, which is never undone: check the
 * other options first.
 * @param room the name of the plugin, for the option paths in errors
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
