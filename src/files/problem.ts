import { TaskmonError } from "../shared/errors.ts";

/** One thing that is wrong in a spec file. */
export interface SpecProblem {
  /** The file as the caller named it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** The problem, and how to mend it. */
  readonly message: string;
  /** The code of the broken rule, if it is a rule for metric specs. */
  readonly rule?: string;
}

/** A place in a file. */
export type Place = Pick<SpecProblem, "file" | "line" | "column">;

/** The most problems that one error lists. */
export const MAX_PROBLEMS = 500;

/** Spec files are invalid. Lists all problems by place, at most 500 per file. */
export class SpecFileError extends TaskmonError {
  readonly code = "ERR_TASKMON_SPEC_FILE";
  /** The id of OysterPack's error about a configuration: ErrSpec_ConfigFailure. */
  readonly errorId = 0xe75f1a73534f382dn;
  /** The id of its log event for that: METRICS_SERVICE_CONFIG_ERROR. */
  readonly eventId = 0x83ad8592584d0930n;
  readonly problems: readonly SpecProblem[];

  constructor(problems: readonly SpecProblem[]) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(`${count} in spec files:\n${problems.map(formatProblem).join("\n")}`);
    this.problems = problems;
  }
}

/** `metrics.yaml:12:5: unknown key "lables"`, as compilers write and editors understand it. */
export function formatProblem(problem: SpecProblem): string {
  const { message, rule } = problem;
  return `${formatPlace(problem)}: ${message}${rule === undefined ? "" : ` [${rule}]`}`;
}

/** `metrics.yaml:12:5` */
export function formatPlace({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}

/** By file, in the order in which the files came, then by place; no problem twice; at most 500 a file. */
export function sortProblems(problems: readonly SpecProblem[]): SpecProblem[] {
  const byFile = new Map<string, Map<string, SpecProblem>>();
  for (const problem of problems) {
    let ofFile = byFile.get(problem.file);
    if (ofFile === undefined) byFile.set(problem.file, (ofFile = new Map()));
    ofFile.set(formatProblem(problem), problem);
  }
  return [...byFile.values()].flatMap((ofFile) =>
    [...ofFile.values()]
      .toSorted((a, b) => a.line - b.line || a.column - b.column)
      .slice(0, MAX_PROBLEMS),
  );
}
