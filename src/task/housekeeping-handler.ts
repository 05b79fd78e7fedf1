import type { IncomingMessage, ServerResponse } from "node:http";
import { type Clock, systemClock } from "../shared/clock.ts";
import { InvalidOptionError, messageOf } from "../shared/errors.ts";
import { integerOption, methodsOption, optionsObject, textOption } from "../shared/options.ts";
import { createReporter } from "../shared/report.ts";
import { withTimeout } from "../shared/timeout.ts";
import { type Answer, type Asked, NOT_FOUND, plainAnswer } from "../serve/answer.ts";
import { bearerCheck, secretCheck } from "../serve/bearer.ts";
import { fetchAsked, fetchResponse } from "../serve/fetch.ts";
import { nodeHandler } from "../serve/node.ts";
import type { MetricRegistry } from "../metrics/registry.ts";
import type { HousekeepingReport, TaskNumAllocator } from "./allocator.ts";
import { assignTaskNumbers } from "./housekeeping.ts";
import type { Target } from "./target.ts";

/** What a check sees of a request. */
export interface HousekeepingRequest {
  readonly method: string;
  readonly path: string;
  /** The value of a header; `undefined` where it is missing. */
  header(this: void, name: string): string | undefined;
}

/** How callers prove that they are allowed to call. */
export type HousekeepingCheck =
  /**
   * A header that outsiders cannot send because the platform strips it, such as App Engine's
   * `X-Appengine-Cron`.
   */
  | { readonly header: string; readonly value?: string }
  /**
   * A shared secret of at least 16 characters, sent as `Authorization: Bearer …`; compared in constant
   * time.
   */
  | { readonly token: string }
  /** Your own check: returns whether the caller is allowed. If it throws, the caller is refused. */
  | ((request: HousekeepingRequest) => boolean | Promise<boolean>);

/** Options of {@link housekeepingHandler}. */
export interface HousekeepingHandlerOptions {
  readonly allocator: TaskNumAllocator;
  /**
   * The registry whose global callbacks run first: `taskmon.metrics`. If one fails, the answer is 500.
   * @default none
   */
  readonly metrics?: Pick<MetricRegistry, "runGlobalCallbacks">;
  /** @default everybody is refused */
  readonly authorize?: HousekeepingCheck;
  /** The target whose numbers are assigned. @default all targets in the store */
  readonly target?: Target;
  /** The path that it answers. @default "/internal/cron/ts_mon/housekeeping" */
  readonly path?: string;
  /** The most numbers to assign in one transaction, 1 to 10,000. @default 500 */
  readonly batchSize?: number;
  /** The time limit of the work, in milliseconds, 1 to 600,000. @default 60000 */
  readonly timeoutMs?: number;
}

/** Serves housekeeping over HTTP: as a request listener or middleware, and as a fetch handler. */
export interface HousekeepingHandler {
  /** Calls `next` for other paths; without one, answers 404. */
  (request: IncomingMessage, response: ServerResponse, next?: () => void): void;
  fetch(this: void, request: Request): Promise<Response>;
}

/**
 * Lets a cron job assign task numbers by GET or POST. Answers 200 with a JSON report, 403 if the caller is
 * not allowed, and 500 without details, which go to the OpenTelemetry diag logger.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function housekeepingHandler(
  options: HousekeepingHandlerOptions,
  clock: Clock = systemClock(),
): HousekeepingHandler {
  const name = "housekeepingHandler";
  const given = optionsObject(name, options, [
    "allocator",
    "metrics",
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
  const metrics =
    given.metrics && methodsOption(`${name}.metrics`, given.metrics, ["runGlobalCallbacks"]);
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
      return plainAnswer(405, "GET or POST\n", { allow: "GET, POST" });
    }
    try {
      // Plain JavaScript may return anything; only `true` allows.
      const may: unknown = await mayCall(request);
      if (may !== true) return plainAnswer(403, "not allowed\n");
    } catch (error) {
      report.errorOnce("check", `The authorize check failed: ${messageOf(error)}`);
      return plainAnswer(403, "not allowed\n");
    }
    try {
      const work = async (until: AbortSignal): Promise<HousekeepingReport> => {
        await metrics?.runGlobalCallbacks({ signal: until, timeoutMs, clock });
        return assignTaskNumbers(allocator, {
          batchSize,
          signal: until,
          ...(target && { target }),
        });
      };
      const done = await withTimeout(clock, "Housekeeping", timeoutMs, work, signal);
      report.recovered("work", "Housekeeping works again");
      const headers = { "content-type": "application/json" };
      return plainAnswer(200, `${JSON.stringify(done)}\n`, headers);
    } catch (error) {
      report.errorOnce("work", `Housekeeping failed: ${messageOf(error)}`, error);
      return plainAnswer(500, "housekeeping failed\n");
    }
  };

  const respond = (asked: Asked): Promise<Answer> | undefined =>
    asked.path === path ? answerTo(asked, asked.signal) : undefined;
  const fetch = async (request: Request): Promise<Response> => {
    const asked = fetchAsked(request);
    return fetchResponse(asked, (await respond(asked)) ?? NOT_FOUND);
  };
  return Object.assign(nodeHandler(respond), { fetch });
}

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
    const isToken = bearerCheck(token);
    return (request) => isToken(request.header("authorization"));
  }
  const header = textOption(`${option}.header`, given.header);
  const isValue = secretCheck(textOption(`${option}.value`, given.value ?? "true"));
  return (request) => isValue(request.header(header) ?? "");
}
