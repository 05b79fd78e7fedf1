import { extname } from "node:path";
import { formatPlace, sortProblems, SpecFileError, type SpecProblem } from "../../files/problem.ts";
import { readSet, type SpecText } from "../../files/read-set.ts";
import { readText } from "../../files/read-text.ts";
import { Firsts } from "../../files/section.ts";
import { readSource } from "../../files/source.ts";
import { optionsObject } from "../../shared/options.ts";
import type { MonitorEntry } from "./entry.ts";
import { isPullcord, readPullcord } from "./pullcord.ts";
import { MonitorsSection } from "./section.ts";
import { type TriggerTypes, triggerTypes } from "./trigger-types.ts";

/** Options of {@link loadMonitors}. */
export interface LoadMonitorsOptions {
  /** The types of triggers that files may name. @default `triggerTypes` */
  readonly types?: TriggerTypes;
}

/** A text, or the reason why it could not be read. */
export type MonitorText = SpecText | SpecProblem;

/**
 * Reads the services that files declare, for `applyMonitors`. A file is a spec file (YAML or JSON) with the
 * key `monitors`, or pullcord's own JSON. A service name may occur only once in all files.
 *
 * @param files paths, from the working directory
 * @throws SpecFileError `ERR_TASKMON_SPEC_FILE` with every problem of every file
 */
export async function loadMonitors(
  files: string | readonly string[],
  options?: LoadMonitorsOptions,
): Promise<readonly MonitorEntry[]> {
  return parseMonitors(await Promise.all([files].flat().map((file) => readText(file))), options);
}

/**
 * Like {@link loadMonitors}, for texts that you have read yourself.
 * @throws SpecFileError `ERR_TASKMON_SPEC_FILE` with every problem
 */
export function parseMonitors(
  texts: string | MonitorText | readonly MonitorText[],
  options?: LoadMonitorsOptions,
): readonly MonitorEntry[] {
  const { types = triggerTypes } = optionsObject("loadMonitors", options, ["types"]);
  const problems: SpecProblem[] = [];
  const entries: MonitorEntry[] = [];
  const ours: MonitorText[] = [];
  for (const text of [texts].flat() as readonly (string | MonitorText)[]) {
    const read = pullcordOf(typeof text === "string" ? { text } : text);
    if (read === undefined) {
      ours.push(typeof text === "string" ? { text, file: "monitors.yaml" } : text);
    } else {
      problems.push(...read.problems);
      entries.push(...read.entries);
    }
  }
  entries.push(...oursOf(ours, types, problems));
  if (problems.length > 0) throw new SpecFileError(sortProblems(problems));
  return Object.freeze(once(entries));
}

/** Reads the text if it is pullcord's JSON; undefined if it is not. */
function pullcordOf(text: MonitorText): ReturnType<typeof readPullcord> | undefined {
  if ("message" in text) return undefined;
  const { text: json, file = "monitors.json", format } = text;
  if (format === "yaml" || (format === undefined && extname(file).toLowerCase() !== ".json")) {
    return undefined;
  }
  const source = readSource(file, json, "json");
  return source.problems.length === 0 && isPullcord(source) ? readPullcord(source) : undefined;
}

function oursOf(
  texts: readonly MonitorText[],
  types: TriggerTypes,
  problems: SpecProblem[],
): readonly MonitorEntry[] {
  try {
    return readSet(texts, { monitors: new MonitorsSection(types) }).monitors;
  } catch (error) {
    if (!(error instanceof SpecFileError)) throw error;
    problems.push(...error.problems);
    return [];
  }
}

/** @throws SpecFileError if a spec file and a pullcord file declare the same name */
function once(entries: readonly MonitorEntry[]): MonitorEntry[] {
  const firsts = new Firsts<MonitorEntry>();
  const problems = entries.flatMap((entry): SpecProblem[] => {
    const first = firsts.add(entry.name, entry, entry.place);
    if (first === undefined) return [];
    const message = `the service ${entry.name} is already declared at ${formatPlace(first.place)}`;
    return [{ ...entry.place, message }];
  });
  if (problems.length > 0) throw new SpecFileError(sortProblems(problems));
  return firsts.values();
}
