import { basename, extname } from "node:path";
import { formatPlace } from "../../files/problem.ts";
import { readFileBytes } from "../../files/read-text.ts";
import { messageOf } from "../../shared/errors.ts";
import type { AppError } from "../errors/app-error.ts";
import { configFailure } from "../errors/catalogue.ts";
import type { ConfigSettings } from "./config-options.ts";
import { pointerOf, type StandardSchema } from "./standard-schema.ts";

/** A parsed file, before it is validated. */
interface Parsed {
  readonly value: unknown;
  /** `mail.yaml:3:5` of the part at a JSON pointer. */
  place(pointer: string): string;
}

/**
 * Reads and validates a file. Undefined if it no longer exists.
 *
 * Rejects with an AppError of the kind `ConfigFailure` that repeats no value of the file.
 */
export async function readConfig<T>(
  service: bigint,
  file: string,
  schema: StandardSchema<T>,
  settings: ConfigSettings,
): Promise<T | undefined> {
  const fail = (message: string, cause?: unknown): AppError =>
    configFailure(service, `${basename(file)}: ${message}`, cause);
  let bytes: Uint8Array | string;
  try {
    bytes = await readFileBytes(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw fail(`the file cannot be read (${code ?? "unknown reason"})`, error);
  }
  if (typeof bytes === "string") throw fail(bytes);
  if (settings.decrypt !== undefined) {
    try {
      bytes = await settings.decrypt(bytes, file);
    } catch (error) {
      throw fail(`the file cannot be decrypted: ${messageOf(error)}`, error);
    }
  }
  const parsed = await parse(bytes, file, settings, fail);
  return validate(parsed, schema, fail);
}

async function parse(
  bytes: Uint8Array,
  file: string,
  { decode, keepNewline }: ConfigSettings,
  fail: (message: string, cause?: unknown) => AppError,
): Promise<Parsed> {
  const nowhere = (): string => basename(file);
  if (decode !== undefined) {
    try {
      return { value: await decode(bytes, file), place: nowhere };
    } catch (error) {
      throw fail(`the file cannot be decoded: ${messageOf(error)}`, error);
    }
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw fail("the file is not UTF-8 text");
  }
  // The parser is loaded only if there is a file.
  const { readSource } = await import("../../files/source.ts");
  const format = extname(file).toLowerCase() === ".json" ? "json" : "yaml";
  const source = readSource(basename(file), text, format, "bigint");
  if (source.problems.length > 0) {
    throw fail(source.problems.map((one) => `${one.line}:${one.column} ${one.message}`).join("; "));
  }
  // The whole file is one text: without the final newline, which editors add.
  const isText = typeof source.value === "string";
  const value = isText && keepNewline ? text : source.value;
  return { value, place: (pointer) => formatPlace(source.place(pointer)) };
}

async function validate<T>(
  parsed: Parsed,
  schema: StandardSchema<T>,
  fail: (message: string) => AppError,
): Promise<T> {
  const result = await schema["~standard"].validate(parsed.value);
  if (result.issues === undefined) return result.value;
  // Some validators repeat the value in their messages, and it may be a secret, so we report only the position.
  const places = result.issues.map((issue) => {
    const pointer = pointerOf(issue);
    return `${pointer === "" ? "the whole" : pointer} (${parsed.place(pointer)})`;
  });
  throw fail(`wrong at ${[...new Set(places)].slice(0, 20).join(", ")}`);
}
