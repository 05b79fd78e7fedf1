import type { Answer, Asked } from "../serve/answer.ts";
import { eventEmitter } from "../shared/events.ts";
import { createReporter } from "../shared/report.ts";
import { type Caller, callerOf } from "./access.ts";
import { ACTIONS } from "./actions.ts";
import { RESOURCES } from "./api.ts";
import { assetAnswer } from "./assets.ts";
import type { AdminContext } from "./context.ts";
import { events } from "./events.ts";
import type { AdminTaskmon } from "./host.ts";
import { type AdminOptions, adminSettings } from "./options.ts";
import { pageAnswers } from "./page/answers.ts";
import { perform, unauthorized } from "./perform.ts";
import { Problem, problemAnswer } from "./problem.ts";
import { Recent } from "./recent.ts";
import { createRedactor, environmentSecrets } from "./redact.ts";
import { mayDo } from "./roles.ts";
import { type Route, routeOf } from "./routes.ts";
import { taggedAnswer } from "./tagged-answer.ts";

/** Answers requests for the page and its API; undefined where one is about something else. */
export type AdminRespond = (asked: Asked) => Promise<Answer> | Answer | undefined;

const API = "api/v1";

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
export function adminResponder(
  taskmon: AdminTaskmon,
  options: AdminOptions | undefined,
): { readonly respond: AdminRespond; readonly path: string } {
  const settings = adminSettings(options);
  const secrets = [
    ...settings.tokens.map(({ token }) => token),
    ...environmentSecrets(process.env),
  ];
  const context: AdminContext = {
    ...{ taskmon, settings, recent: new Recent(taskmon, settings.clock) },
    redactor: createRedactor(secrets, settings.redact),
  };
  const report = createReporter("admin");
  const emit = eventEmitter("admin", events, settings.events);
  const caller = callerOf(settings);
  const page = pageAnswers(context);

  const answer = async (asked: Asked, path: string): Promise<Answer> => {
    const who = caller(asked);
    const isReading = asked.method === "GET" || asked.method === "HEAD";
    if (!path.startsWith(API)) {
      if (!isReading) throw notAllowed("GET, HEAD");
      // Files of the package hold nothing of the process.
      const asset = assetAnswer(asked, path);
      if (asset !== undefined) return asset;
      mustRead(who, asked);
      const shown = await page(asked, path, who);
      if (shown === undefined) throw new Problem(404, "There is nothing at this path");
      return shown;
    }
    const rest = path.slice(API.length).replace(/^\/|\/$/g, "");
    return isReading ? read(asked, rest, who) : act(asked, rest, who);
  };

  const read = async (asked: Asked, path: string, who: Caller): Promise<Answer> => {
    const found = routeOf(RESOURCES, path);
    if (found === undefined) throw unknownPath(path, ACTIONS);
    const { route, names } = found;
    if (route.role === "reader") mustRead(who, asked);
    else if (!mayDo(who.role, route.role)) {
      if (who.name === "anyone") throw unauthorized(`This takes a token: ${route.role}`);
      throw new Problem(403, `This takes the role ${route.role}`);
    }
    const value = await route.read(context, new URLSearchParams(asked.query), names);
    if (typeof value === "string") {
      return taggedAnswer(asked, `${context.redactor.text(value)}\n`, "text/plain; charset=utf-8");
    }
    const tag = route.tag?.(context);
    const body = `${context.redactor.json(value)}\n`;
    return taggedAnswer(asked, body, "application/json", {}, tag);
  };

  const act = async (asked: Asked, path: string, who: Caller): Promise<Answer> => {
    const found = routeOf(
      ACTIONS.filter(({ method }) => method === asked.method),
      path,
    );
    if (found === undefined) throw unknownPath(path, [...RESOURCES, ...ACTIONS]);
    return perform(context, emit, found.route, asked, who, found.names);
  };

  const respond: AdminRespond = (asked) => {
    if (!asked.path.startsWith(settings.path)) return undefined;
    return answer(asked, asked.path.slice(settings.path.length)).catch((error: unknown) => {
      if (error instanceof Problem) return problemAnswer(error, context.redactor.text);
      report.errorOnce("answer", "The status page could not answer", error);
      return problemAnswer(new Problem(500, "Something failed; the log says what"), (text) => text);
    });
  };
  return { respond, path: settings.path };
}

/** @throws Problem where the caller may not even look */
function mustRead(who: Caller, asked: Asked): void {
  if (mayDo(who.role, "reader")) return;
  // A browser that opens the page asks for a password, which is the token.
  const isPage = asked.header("accept")?.includes("text/html") === true;
  const scheme = isPage ? 'Basic realm="taskmon"' : 'Bearer realm="taskmon"';
  const message = who.isRefused ? "The token is unknown" : "Reading takes a token or a certificate";
  throw new Problem(401, message, { "www-authenticate": scheme });
}

function unknownPath(
  path: string,
  others: readonly (Route & { readonly method?: string })[],
): Problem {
  const known = others.filter((route) => routeOf([route], path) !== undefined);
  if (known.length === 0) return new Problem(404, "There is nothing at this path");
  return notAllowed([...new Set(known.map(({ method = "GET, HEAD" }) => method))].join(", "));
}

function notAllowed(allow: string): Problem {
  return new Problem(405, `Allowed here: ${allow}`, { allow });
}
