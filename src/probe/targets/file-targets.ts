import { unwatchFile, watchFile } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { InvalidOptionError } from "../../shared/errors.ts";
import { integerOption, numberOption, optionsObject, textOption } from "../../shared/options.ts";
import type { TargetInput } from "../target.ts";
import { targetsOfGroups } from "./groups.ts";
import type { TargetSource } from "./source.ts";

/** Options of {@link fileTargets}. */
export interface FileTargetsOptions {
  /** Files of Prometheus' `file_sd_configs`: `.json`, `.yml` or `.yaml`. No patterns. */
  readonly files: readonly string[];
  /** How often to read unchanged files again, in milliseconds. @default 300000 */
  readonly refreshMs?: number;
  /** The most targets; a longer list is rejected. @default 100000 */
  readonly maxTargets?: number;
}

/** How often we check whether a file has changed. */
const LOOK_MS = 1_000;
const MAX_BYTES = 64 * 1_024 * 1_024;

/**
 * Targets from Prometheus' `file_sd` files, with their labels; they are watched. Replace a file as a
 * whole: half of a YAML file is a list too.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function fileTargets(options: FileTargetsOptions): TargetSource {
  const given = optionsObject("fileTargets", options, ["files", "refreshMs", "maxTargets"]);
  if (!Array.isArray(given.files) || given.files.length === 0) {
    throw new InvalidOptionError("fileTargets.files", "a list of paths", given.files);
  }
  const files = (given.files as readonly unknown[]).map((file, at) => {
    const path = textOption(`fileTargets.files[${at}]`, file, 4_096);
    if (/\.(json|ya?ml)$/.test(path)) return path;
    throw new InvalidOptionError(
      `fileTargets.files[${at}]`,
      "a path that ends in .json, .yml or .yaml",
      file,
    );
  });
  const max = integerOption("fileTargets.maxTargets", given.maxTargets, {
    ...{ min: 1, max: 1_000_000, default: 100_000 },
  });
  return {
    kind: "file_sd",
    refreshMs: numberOption("fileTargets.refreshMs", given.refreshMs, {
      ...{ min: 100, max: 86_400_000, default: 300_000 },
    }),
    async list({ signal }) {
      const targets: TargetInput[] = [];
      for (const file of files) {
        const groups = await readGroups(file, signal);
        targets.push(...targetsOfGroups(groups, max - targets.length));
      }
      return { targets };
    },
    watch(changed) {
      // Polling follows symbolic links that change, and works on file systems without change events.
      const own = (): void => changed();
      for (const file of files) watchFile(file, { interval: LOOK_MS, persistent: false }, own);
      return () => {
        for (const file of files) unwatchFile(file, own);
      };
    },
  };
}

async function readGroups(file: string, signal: AbortSignal): Promise<unknown> {
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) throw new RangeError(`It is larger than ${MAX_BYTES} bytes`);
    const text = await readFile(file, { encoding: "utf8", signal });
    if (file.endsWith(".json")) return JSON.parse(text) as unknown;
    const { parse } = await import("yaml");
    return parse(text, { schema: "core", maxAliasCount: 100 }) as unknown;
  } catch (error) {
    throw new Error(`${file} cannot be read`, { cause: error });
  }
}
