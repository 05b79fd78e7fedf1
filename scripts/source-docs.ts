import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { publicNames } from "./public-names.ts";

/** An error class of ours, as its source describes it. */
export interface DocumentedError {
  readonly code: string;
  readonly className: string;
  readonly text: string;
}

/** An interface of options, as its source describes it. */
export interface DocumentedOptions {
  readonly name: string;
  /** The folder of `src` that it is of. */
  readonly room: string;
  readonly text: string;
  readonly options: readonly {
    readonly name: string;
    readonly required: boolean;
    readonly type: string;
    readonly text: string;
    readonly byDefault: string | undefined;
  }[];
}

const ERROR =
  /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export class (\w+) extends \w+ \{(?:(?!\n\}\n)[\s\S])*?readonly code(?:: string)? = "(ERR_\w+)"/g;
const INTERFACE =
  /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export interface (\w*Options)(?:<[^{]*>)?(?: extends [^{]+)? \{\n([\s\S]*?)\n\}\n/g;
const OPTION =
  /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?readonly (\w+)(\??): ((?:(?!;\n)[\s\S])+);\n/g;

/** Every error class that an entry point exports, by code. */
export function documentedErrors(root: string): DocumentedError[] {
  const known = exportedNames(root);
  const errors = sources(root).flatMap(({ text }) =>
    [...text.matchAll(ERROR)].map(([, comment, className, code]) => ({
      code: code!,
      className: className!,
      text: plain(comment!).text,
    })),
  );
  return errors
    .filter(({ className }) => known.has(className))
    .toSorted((a, b) => (a.code < b.code ? -1 : 1));
}

/** Every interface whose name ends in `Options` and that an entry point exports, by room and name. */
export function documentedOptions(root: string): DocumentedOptions[] {
  const known = exportedNames(root);
  const found = sources(root).flatMap(({ room, text }) =>
    [...text.matchAll(INTERFACE)].map(([, comment, name, body]) => ({
      name: name!,
      room,
      text: plain(comment!).text,
      options: [...`${body}\n`.matchAll(OPTION)].map(([, about = "", key, optional, type]) => ({
        name: key!,
        required: optional === "",
        type: type!.replaceAll(/\s+/g, " "),
        ...plain(about),
      })),
    })),
  );
  return found
    .filter(({ name, options }) => options.length > 0 && known.has(name))
    .toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
}

/** What a reporter may say on the log, as its source has it. */
export interface DocumentedLine {
  readonly room: string;
  readonly level: "warn" | "error";
  /** With `…` for what differs. */
  readonly text: string;
}

const LINE = /\.(warn|error)Once\(\s*[^,]+,\s*("[^"]*"|`[^`]*`)/g;

/** Every line that `src` may log, where its text stands with the call, by room. */
export function documentedLines(root: string): DocumentedLine[] {
  return sources(root).flatMap(({ room, text }) =>
    [...text.matchAll(LINE)].map(([, level, quoted]) => ({
      room,
      level: level as DocumentedLine["level"],
      text: quoted!
        .slice(1, -1)
        .replaceAll(/\$\{[^}]*\}/g, "…")
        .replaceAll('\\"', '"'),
    })),
  );
}

/** The names that the package's entry points export. */
function exportedNames(root: string): ReadonlySet<string> {
  const entries = [...publicNames(root).values()];
  return new Set(entries.flatMap(({ values, types }) => [...values, ...types]));
}

function sources(root: string): { readonly room: string; readonly text: string }[] {
  return globSync("src/**/*.ts", { cwd: root })
    .toSorted()
    .map((file) => ({
      room: file.split(/[/\\]/)[1]!,
      text: readFileSync(join(root, file), "utf8"),
    }));
}

/** The options of `createTaskmon` first, then by room. */
function orderOf({ room, name }: DocumentedOptions): string {
  return name === "TaskmonOptions" ? "" : `${room} ${name}`;
}

/** A comment as running text, without its tags; the default apart. */
function plain(comment: string): { readonly text: string; readonly byDefault: string | undefined } {
  const lines = comment.split("\n").map((line) => line.replace(/^\s*\* ?/, "").trim());
  const whole = lines.join(" ").replaceAll(/\s+/g, " ").trim();
  const linked = whole.replaceAll(/\{@link ([^}]+)\}/g, "`$1`");
  const [text = "", ...tags] = linked.split(/(?=@(?:default|throws|param|returns|internal)\b)/);
  const byDefault = tags.find((tag) => tag.startsWith("@default"))?.slice("@default".length);
  return { text: text.trim(), byDefault: byDefault?.trim() };
}
