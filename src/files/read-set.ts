import { extname } from "node:path";
import { sortProblems, SpecFileError, type SpecProblem } from "./problem.ts";
import type { FileSection } from "./section.ts";
import { readSource, type Source, type SpecFormat } from "./source.ts";
import { SpecFile } from "./spec-file.ts";

/** A text to read specs from. */
export interface SpecText {
  readonly text: string;
  /** Its name in problems. @default `metrics.yaml` or `metrics.json` */
  readonly file?: string;
  /** @default `json` where `file` ends so, else `yaml` */
  readonly format?: SpecFormat;
}

/** The sections of features, by the names under which their results are wanted. */
type Sections = Readonly<Record<string, FileSection<unknown>>>;

/**
 * Reads a set of files, as each section understands them.
 * @param texts the files, or what stopped one from being read
 * @throws SpecFileError `ERR_TASKMON_SPEC_FILE` with every problem of every file
 */
export function readSet<S extends Sections>(
  texts: readonly (SpecText | SpecProblem)[],
  sections: S,
): { readonly [K in keyof S]: ReturnType<S[K]["result"]> } {
  const problems = texts.flatMap((text) =>
    "message" in text ? [text] : problemsOf(sourceOf(text), sections),
  );
  if (problems.length > 0) throw new SpecFileError(sortProblems(problems));
  const results = Object.entries(sections).map(([name, section]) => [name, section.result()]);
  return Object.fromEntries(results) as { [K in keyof S]: ReturnType<S[K]["result"]> };
}

function problemsOf(source: Source, sections: Sections): readonly SpecProblem[] {
  // A text that cannot be parsed has no other problems to report.
  if (source.problems.length > 0) return source.problems;
  const file = new SpecFile(source);
  for (const section of Object.values(sections)) section.read(file);
  return file.problems;
}

function sourceOf({ text, file, format }: SpecText): Source {
  const language = format ?? (extname(file ?? "").toLowerCase() === ".json" ? "json" : "yaml");
  return readSource(file ?? `metrics.${language}`, text, language);
}
