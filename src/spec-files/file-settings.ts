import { extname, resolve } from "node:path";
import { isSameReading, LOOK_MS, type Reading, readSettled, watchPath } from "../files/settled.ts";
import { choiceOption, optionsObject, textOption } from "../shared/options.ts";
import { SettingsError } from "../settings/errors.ts";
import type { SettingsSource } from "../settings/source.ts";

/** Options of {@link fileSettings}. */
export interface FileSettingsOptions {
  /** The file's language. @default `json` if the file name ends so, else `yaml` */
  readonly format?: "yaml" | "json";
}

/**
 * Settings from the root key `settings` of a YAML or JSON file of the schema of metric specs; a file
 * without that key gives none. The file is looked at every second: it may be replaced, written in place, swapped by a
 * symbolic link on the way to it, as Kubernetes does, or not be there yet.
 *
 * One that is missing, cannot be read, is not a regular file, is longer than half a million bytes, or is
 * wrong anywhere gives a `SettingsError` whose problems name file, line and column.
 *
 * @param path from the working directory as it is now
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function fileSettings(path: string, options?: FileSettingsOptions): SettingsSource {
  return new FileSource(path, options);
}

/** The functions of the system; tests replace them. */
export interface FileSourceParts {
  /** From one look at the file to the next, in milliseconds. @default 1000 */
  readonly lookMs?: number;
  /** Waits so many milliseconds. */
  readonly pause?: (ms: number) => Promise<unknown>;
}

/** The settings of one file. */
export class FileSource implements SettingsSource {
  readonly name: string;
  readonly #path: string;
  readonly #format: "yaml" | "json";
  /** Keeps the process alive, as reading itself does: a program may await its settings before all else. */
  readonly #pause: (ms: number) => Promise<unknown>;
  readonly #lookMs: number;
  /** The last text that was found, and its result. */
  #known: { readonly reading: Reading; readonly result: Promise<unknown> } | undefined;
  /** A file system that hangs holds one thread of the process, not one more at each attempt. */
  #underWay: Promise<unknown> | undefined;

  constructor(path: string, options?: FileSettingsOptions, parts: FileSourceParts = {}) {
    const given = optionsObject("fileSettings", options, ["format"]);
    this.name = textOption("fileSettings.path", path, 4_096);
    this.#path = resolve(path);
    const byName = extname(path).toLowerCase() === ".json" ? "json" : "yaml";
    this.#format =
      given.format === undefined
        ? byName
        : choiceOption("fileSettings.format", given.format, ["yaml", "json"]);
    this.#pause = parts.pause ?? process.getBuiltinModule("node:timers/promises").setTimeout;
    this.#lookMs = parts.lookMs ?? LOOK_MS;
  }

  load(): Promise<unknown> {
    this.#underWay ??= this.#load().finally(() => (this.#underWay = undefined));
    return this.#underWay;
  }

  watch(changed: () => void): () => void {
    return watchPath(this.#path, this.#lookMs, changed);
  }

  async #load(): Promise<unknown> {
    const reading = await readSettled(this.#path, this.#known?.reading, this.#pause);
    if (isSameReading(reading, this.#known?.reading)) return this.#known!.result;
    const result = this.#parse(reading);
    this.#known = { reading, result };
    return result.catch((error: unknown) => {
      // Not the file's fault, so the same file may be well the next time.
      if (!(error instanceof SettingsError)) this.#known = undefined;
      throw error;
    });
  }

  async #parse(reading: Reading): Promise<unknown> {
    // The parser and the schema's validator are loaded by those only who have such a file; at the first
    // reading, since that takes a moment, whether or not there is a file yet.
    const files = await import("./index.ts");
    if ("problem" in reading) {
      throw new SettingsError([{ where: this.name, message: reading.problem }]);
    }
    try {
      const text = { text: reading.text, file: this.name, format: this.#format };
      return files.parseMetricSpecs(text).settings;
    } catch (error) {
      if (!(error instanceof files.SpecFileError)) throw error;
      const problems = error.problems.slice(0, MAX_PROBLEMS).map(({ message, ...place }) => ({
        where: `${place.file}:${place.line}:${place.column}`,
        message,
      }));
      throw new SettingsError(problems);
    }
  }
}

const MAX_PROBLEMS = 20;
