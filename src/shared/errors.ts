import { classNameOf } from "./class-name.ts";

/**
 * The base of every error that this package throws or rejects with. `code` is stable, for programs;
 * `message` is for people and may change.
 */
export abstract class TaskmonError extends Error {
  abstract readonly code: string;

  override get name(): string {
    // A stack names its error before the class has set its code.
    return classNameOf(this, nameOfCode(this.code));
  }
}

/** The name of the class that has a code: InvalidOptionError for ERR_TASKMON_INVALID_OPTION. */
function nameOfCode(code = ""): string {
  const words = code.replace(/^ERR_TASKMON_/, "").split("_");
  return `${words.map((word) => word.charAt(0) + word.slice(1).toLowerCase()).join("")}Error`;
}

/** Whether `error` is one of ours, also when it comes from another copy of this package. */
export function isTaskmonError(error: unknown): error is TaskmonError {
  return (
    error instanceof TaskmonError ||
    (error instanceof Error &&
      "code" in error &&
      typeof error.code === "string" &&
      error.code.startsWith("ERR_TASKMON_"))
  );
}

/** An option has the wrong type or lies outside its bounds. Thrown at construction. */
export class InvalidOptionError extends TaskmonError {
  readonly code = "ERR_TASKMON_INVALID_OPTION";
  /** The option's path as the caller wrote it: `lease.leaseMs`. */
  readonly option: string;

  constructor(option: string, expected: string, got: unknown) {
    super(`Option ${option} must be ${expected}, got ${describe(got)}`);
    this.option = option;
  }
}

/** Replaces a value that errors must not show. */
export const SECRET: unique symbol = Symbol("secret");

/** A short description of an unexpected value: safe for any value, of bounded length. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "string") return clip(JSON.stringify(value.slice(0, 100)));
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (value === SECRET) return "a text that is not shown here";
  if (typeof value === "symbol") return "a symbol";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return "an object";
}

/** The message of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : describe(error);
}

function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}..."` : text;
}
