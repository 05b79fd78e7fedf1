import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Clock, systemClock } from "../shared/clock.ts";
import { InvalidOptionError, messageOf } from "../shared/errors.ts";
import { integerOption, methodsOption, optionsObject, textOption } from "../shared/options.ts";
import { createReporter } from "../shared/report.ts";
import { withTimeout } from "../shared/timeout.ts";
import type { TaskNumAllocator } from "./allocator.ts";
import { assignTaskNumbers } from "./housekeeping.ts";
import type { Target } from "./target.ts";

/** What a check sees of a request. */
export interface HousekeepingRequest {
  readonly method: string;
  readonly path: string;
  /** The value of a header; `undefined` where it is missing. */
  header(this: void, name: string): string | undefined;
}

/** How callers prove that they may call. */
export type HousekeepingCheck =
  /** A header that no outsider can send, because the platform strips it: App Engine's `X-Appengine-Cron`. */
  | { readonly header: string; readonly value?: string }
  /** A shared secret of 16 characters at least, as `Authorization: Bearer …`; compared in constant time. */
  | { readonly token: string }
  /** Anything else: whether the caller may. One that throws refuses. */
  | ((request: HousekeepingRequest) => boolean | Promise<boolean>);

/** Options of {@link housekeepingHandler}. */
export interface HousekeepingHandlerOptions {
  readonly allocator: TaskNumAllocator;
  /** @default everybody is refused */
  readonly authorize?: HousekeepingCheck;
  /** The target whose numbers are assigned. @default all that the store has */
  readonly target?: Target;
  /** The path that it answers. @default "/internal/cron/ts_mon/housekeeping" */
  readonly path?: string;
  /** The most numbers to assign in one transaction, 1 to 10,000. @default 500 */
  readonly batchSize?: number;
  /** The longest that the work may take, in milliseconds, 1 to 600,000. @default 60000 */
  readonly timeoutMs?: number;
}

/** Serves housekeeping over HTTP: as a request listener or middleware, and as a fetch handler. */
export interface HousekeepingHandler {
  /** Calls `next` for other paths; without one, answers 404. */
  (request: IncomingMessage, response: ServerResponse, next?: () => void): void;
  fetch(this: void, request: Request): Promise<Response>;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Lets a cron job assign task numbers by GET or POST. Answers 200 with what was done as JSON, 403 to who
 * may not call, 500 without details, which go to the OpenTelemetry diag logger.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function housekeepingHandler(
  options: HousekeepingHandlerOptions,
  clock: Clock = systemClock(),
): HousekeepingHandler {
  const name = "housekeepingHandler";
  const given = optionsObject(name, options, [
    "allocator",
    "authorize",
    "target",
    "path",
    "batchSize",
    "timeoutMs",
  ]);
  const { target } = given;
  const allocator = methodsOption(`${name}.allocator`, given.allocator as TaskNumAllocator, [
    "notifyTaskIsAlive",
    "housekeep",
  ]);
  const mayCall = checkOf(`${name}.authorize`, given.authorize);
  const path = textOption(`${name}.path`, given.path ?? "/internal/cron/ts_mon/housekeeping");
  const bounds = { min: 1, max: 10_000, default: 500 };
  const batchSize = integerOption(`${name}.batchSize`, given.batchSize, bounds);
  const timeoutMs = integerOption(`${name}.timeoutMs`, given.timeoutMs, {
    min: 1,
    max: 600_000,
    default: 60_000,
  });
  const report = createReporter("housekeeping");

  const answerTo = async (request: HousekeepingRequest, signal?: AbortSignal): Promise<Answer> => {
    if (request.method !== "GET" && request.method !== "POST") {
      return { status: 405, body: "GET or POST\n", headers: { allow: "GET, POST" } };
    }
    try {
      // Plain JavaScript may answer anything; only one answer is a yes.
      const may: unknown = await mayCall(request);
      if (may !== true) return { status: 403, body: "not allowed\n" };
    } catch (error) {
      report.errorOnce("check", `The check of callers failed: ${messageOf(error)}`);
      return { status: 403, body: "not allowed\n" };
    }
    try {
      const work = (until: AbortSignal): ReturnType<typeof assignTaskNumbers> =>
        assignTaskNumbers(allocator, { batchSize, signal: until, ...(target && { target }) });
      const done = await withTimeout(clock, "Housekeeping", timeoutMs, work, signal);
      report.recovered("work", "Housekeeping works again");
      const headers = { "content-type": "application/json" };
      return { status: 200, body: `${JSON.stringify(done)}\n`, headers };
    } catch (error) {
      report.errorOnce("work", `Housekeeping failed: ${messageOf(error)}`, error);
      return { status: 500, body: "housekeeping failed\n" };
    }
  };

  const handler = (request: IncomingMessage, response: ServerResponse, next?: () => void): void => {
    const asked: HousekeepingRequest = {
      method: request.method ?? "",
      path: pathOf(request.url ?? ""),
      header: (header) => request.headers[header.toLowerCase()]?.toString(),
    };
    if (asked.path !== path) {
      if (next !== undefined) return next();
      return send(response, NOT_FOUND);
    }
    void answerTo(asked).then((answer) => send(response, answer));
  };
  const fetch = async (request: Request): Promise<Response> => {
    const asked: HousekeepingRequest = {
      method: request.method,
      path: new URL(request.url).pathname,
      header: (header) => request.headers.get(header) ?? undefined,
    };
    const answer = asked.path === path ? await answerTo(asked, request.signal) : NOT_FOUND;
    const { status, body } = answer;
    return new Response(body, { status, headers: headersOf(answer) });
  };
  return Object.assign(handler, { fetch });
}

const NOT_FOUND: Answer = { status: 404, body: "not found\n" };

function checkOf(
  option: string,
  check: HousekeepingCheck | undefined,
): (request: HousekeepingRequest) => boolean | Promise<boolean> {
  if (check === undefined) return () => false;
  if (typeof check === "function") return check;
  const given = optionsObject<{ header?: string; value?: string; token?: string }>(option, check, [
    "header",
    "value",
    "token",
  ]);
  if (given.token !== undefined) {
    const token = textOption(`${option}.token`, given.token);
    if (token.length < 16) {
      throw new InvalidOptionError(`${option}.token`, "at least 16 characters long", "(a secret)");
    }
    return (request) => isSame(request.header("authorization") ?? "", `Bearer ${token}`);
  }
  const header = textOption(`${option}.header`, given.header);
  const value = textOption(`${option}.value`, given.value ?? "true");
  return (request) => isSame(request.header(header) ?? "", value);
}

/** Compares in a time that says nothing of where two texts differ. */
function isSame(text: string, expected: string): boolean {
  const hash = (value: string): Buffer => createHash("sha256").update(value).digest();
  return timingSafeEqual(hash(text), hash(expected));
}

function pathOf(url: string): string {
  return url.split("?", 1)[0] ?? "";
}

function headersOf({ headers }: Answer): Record<string, string> {
  return { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store", ...headers };
}

function send(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, headersOf(answer)).end(answer.body);
}
