import type { Answer, Asked } from "../serve/answer.ts";
import { messageOf } from "../shared/errors.ts";
import type { Caller } from "./access.ts";
import { type Action, problemOf } from "./actions.ts";
import type { AdminContext } from "./context.ts";
import type { Emit } from "./events.ts";
import { Problem } from "./problem.ts";
import { mayDo } from "./roles.ts";
import { foreignOrigin } from "./same-origin.ts";
import { matches } from "./tagged-answer.ts";

const MAX_BODY = 16_384;
const MAX_WHY = 1_000;

/**
 * Performs the action if the caller may do it, and reports it in one event: done, refused or failed.
 * @throws Problem
 */
export async function perform(
  context: AdminContext,
  emit: Emit,
  action: Action,
  asked: Asked,
  caller: Caller,
  names: readonly string[],
): Promise<Answer> {
  let why: string | undefined;
  try {
    refuse(action, asked, caller);
    const body = await bodyOf(asked);
    why = whyOf(body, action);
    checkTag(action.tag?.(context), asked);
    const done = await action.run(context, { who: caller.name, why, body, names });
    audit("done");
    return jsonAnswer(context, done);
  } catch (thrown) {
    const error = problemOf(thrown);
    const refused = error instanceof Problem && error.status < 500;
    audit(refused ? "refused" : "failed", messageOf(error));
    throw error;
  }

  function audit(outcome: "done" | "refused" | "failed", message?: string): void {
    const { text } = context.redactor;
    const what = [action.words, ...names].join(" ");
    const reason = why === undefined ? "" : `, because: ${why}`;
    const body = text(
      `${caller.name} asked to ${what}: ${outcome}${message === undefined ? reason : ` (${message})`}`,
    );
    const severity = outcome === "done" ? "info" : "warn";
    context.recent.add(severity, "admin", body);
    emit("action", severity, body, {
      "taskmon.admin.action": `${action.method} ${action.path}`,
      "taskmon.admin.subject": names.length === 0 ? undefined : text(names.join(" ")),
      "taskmon.admin.actor": caller.name,
      "taskmon.admin.role": caller.role,
      "taskmon.admin.outcome": outcome,
      "taskmon.admin.reason": why === undefined ? undefined : text(why),
    });
  }
}

/** @throws Problem where the caller may not ask for it */
function refuse({ role }: Action, asked: Asked, caller: Caller): void {
  const foreign = foreignOrigin(asked);
  if (foreign !== undefined) throw new Problem(403, `Refused: ${foreign}`);
  if (caller.isRefused) throw unauthorized("The token is unknown");
  if (!mayDo(caller.role, role)) {
    if (caller.name === "anyone")
      throw unauthorized(`This takes a token or a certificate: ${role}`);
    throw new Problem(403, `This takes the role ${role}`);
  }
  const type = asked.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") throw new Problem(415, "Send application/json");
}

/** The answer to a caller who did not say who it is. Browsers are not asked to prompt. */
export function unauthorized(message: string): Problem {
  return new Problem(401, message, { "www-authenticate": 'Bearer realm="taskmon"' });
}

async function bodyOf(asked: Asked): Promise<Readonly<Record<string, unknown>>> {
  const text = await asked.text(MAX_BODY);
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // Said below.
  }
  throw new Problem(400, "The body must be a JSON object");
}

function whyOf(
  { why }: Readonly<Record<string, unknown>>,
  { needsWhy }: Action,
): string | undefined {
  if (why === undefined || why === "") {
    if (needsWhy === true) throw new Problem(422, "Say why: the body needs a text why");
    return undefined;
  }
  // oxlint-disable-next-line no-control-regex -- we look for control characters
  if (typeof why !== "string" || why.length > MAX_WHY || /[\u0000-\u001f\u007f]/.test(why)) {
    throw new Problem(422, `why must be one line of at most ${MAX_WHY} characters`);
  }
  return why.trim() === "" ? undefined : why;
}

function checkTag(tag: string | undefined, asked: Asked): void {
  if (tag === undefined) return;
  const header = asked.header("if-match");
  if (header === undefined)
    throw new Problem(428, "Send If-Match with the ETag that you have read");
  if (!matches(header, tag)) {
    throw new Problem(412, "Somebody changed it since you read it", { etag: tag });
  }
}

function jsonAnswer({ redactor }: AdminContext, value: unknown): Answer {
  const body = `${redactor.json(value)}\n`;
  return {
    status: 200,
    headers: {
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(body)),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    },
    body,
  };
}
