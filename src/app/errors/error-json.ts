import { formatId, parseId } from "../../identity/id.ts";
import { InvalidOptionError } from "../../shared/errors.ts";
import { AppError, type ErrorOrigin } from "./app-error.ts";
import { defineError, type ErrorSeverity, type ErrorType } from "./error-spec.ts";

/** An {@link AppError} as JSON. Ids are text, since a number cannot hold them. */
export interface ErrorJson {
  readonly id: string;
  readonly name: string;
  readonly type: ErrorType;
  readonly severity: ErrorSeverity;
  readonly message: string;
  readonly uid: string;
  /** RFC 3339. */
  readonly time: string;
  readonly service: string;
  readonly tags: readonly string[];
  readonly fingerprint: string;
  readonly context?: unknown;
  readonly stack?: string;
  readonly cause?: unknown;
  readonly origin?: Readonly<Record<keyof ErrorOrigin, string | number>>;
}

/** How deep causes are written. */
const MAX_CAUSES = 10;

/** The JSON form of an error. What JSON cannot hold of its context is left out. */
export function errorToJson(error: AppError): ErrorJson {
  const { spec, message, uid, time, tags, fingerprint, context, stack, origin } = error;
  return {
    id: `0x${formatId(spec.id)}`,
    name: spec.name,
    type: spec.type,
    severity: spec.severity,
    ...{ message, uid, tags, fingerprint },
    time: time.toISOString(),
    service: `0x${formatId(error.service)}`,
    ...(context !== undefined && { context: jsonOf(context) }),
    ...(stack !== undefined && { stack }),
    ...(error.cause !== undefined && { cause: causeJson(error.cause, MAX_CAUSES) }),
    ...(origin !== undefined && { origin: originJson(origin) }),
  };
}

/**
 * The error that a JSON form stands for, with its id, time and stack. Causes that were no AppErrors come
 * back as plain errors with their name, message, code and stack.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` for what is no such form
 */
export function errorFromJson(json: unknown): AppError {
  const fields = json as Partial<ErrorJson>;
  if (typeof json !== "object" || json === null || typeof fields.message !== "string") {
    throw new InvalidOptionError("error", "the JSON form of an AppError", json);
  }
  const { id, name, type, severity } = fields as ErrorJson;
  const time = new Date(fields.time ?? Number.NaN);
  if (Number.isNaN(time.getTime())) {
    throw new InvalidOptionError("error.time", "a time as in RFC 3339", fields.time);
  }
  const error = new AppError(defineError({ id, name, type, severity }), {
    message: fields.message,
    ...(fields.tags !== undefined && { tags: fields.tags }),
    ...(fields.context !== undefined && { context: fields.context }),
    ...(fields.service !== undefined && { service: parseId("error.service", fields.service) }),
    ...(fields.cause !== undefined && { cause: causeFrom(fields.cause) }),
    ...(fields.origin !== undefined && { origin: originFrom(fields.origin) }),
  });
  if (typeof fields.fingerprint === "string") {
    // The classes of its causes, of which it was made, are gone.
    Object.defineProperty(error, "fingerprint", { value: fields.fingerprint });
  }
  return Object.assign(error, {
    time,
    ...(typeof fields.uid === "string" && { uid: fields.uid }),
    ...(typeof fields.stack === "string" && { stack: fields.stack }),
  });
}

function causeJson(cause: unknown, depth: number): unknown {
  if (depth === 0) return undefined;
  if (cause instanceof AppError) return errorToJson(cause);
  if (!(cause instanceof Error)) return jsonOf(cause);
  const { name, message, stack } = cause;
  const { code } = cause as { readonly code?: unknown };
  return {
    ...{ name, message },
    ...(typeof code === "string" && { code }),
    ...(stack !== undefined && { stack }),
    ...(cause.cause !== undefined && { cause: causeJson(cause.cause, depth - 1) }),
  };
}

function causeFrom(json: unknown): unknown {
  if (typeof json !== "object" || json === null || !("message" in json)) return json;
  if ("uid" in json) return errorFromJson(json);
  const { name, message, code, stack, cause } = json as Readonly<Record<string, unknown>>;
  const error = new Error(String(message));
  return Object.assign(error, {
    ...(typeof name === "string" && { name }),
    ...(typeof code === "string" && { code }),
    ...(typeof stack === "string" && { stack }),
    ...(cause !== undefined && { cause: causeFrom(cause) }),
  });
}

function originJson(origin: ErrorOrigin): Record<keyof ErrorOrigin, string | number> {
  const { domain, app, release, instance, pid, host } = origin;
  const hex = (id: bigint): string => `0x${formatId(id)}`;
  return {
    domain: hex(domain),
    app: hex(app),
    release: hex(release),
    instance: hex(instance),
    ...{ pid, host },
  };
}

function originFrom(json: Readonly<Record<keyof ErrorOrigin, unknown>>): ErrorOrigin {
  const id = (name: "domain" | "app" | "release" | "instance"): bigint =>
    parseId(`error.origin.${name}`, json[name]);
  return {
    domain: id("domain"),
    app: id("app"),
    release: id("release"),
    instance: id("instance"),
    pid: Number(json.pid),
    host: String(json.host),
  };
}

/** A value as far as JSON holds it: big integers as text, what has no form left out. */
function jsonOf(value: unknown): unknown {
  try {
    const text = JSON.stringify(value, (_key, part: unknown) =>
      typeof part === "bigint" ? part.toString() : part,
    );
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}
