import { resolve } from "node:path";
import { InvalidOptionError } from "../../shared/errors.ts";
import {
  booleanOption,
  keysOf,
  numberOption,
  optionsObject,
  textOption,
} from "../../shared/options.ts";

/** Where configurations are, and how they are read. */
export interface AppConfigOptions {
  /**
   * The folder with a file for each service: `0x<id>` or the service's name, with `.yaml`, `.yml`, `.json`
   * or no extension. @default `TASKMON_CONFIG_DIR`, then `/run/secrets`
   */
  readonly dir?: string;
  /**
   * Decrypts a file; `ageDecrypt` creates such a function for age files. If it throws, the error becomes a
   * `ConfigFailure`. @default files are plain
   */
  readonly decrypt?: (bytes: Uint8Array, file: string) => Uint8Array | Promise<Uint8Array>;
  /** Parses a file that is neither YAML nor JSON. @default YAML or JSON, by the file's name */
  readonly decode?: (bytes: Uint8Array, file: string) => unknown;
  /** How often watched files are checked, in milliseconds. @default 1000 */
  readonly lookMs?: number;
  /** Whether a trailing newline of a text that is the whole file is kept. @default false */
  readonly keepNewline?: boolean;
}

/** The options, checked. */
export interface ConfigSettings {
  readonly dir: string;
  readonly decrypt: AppConfigOptions["decrypt"];
  readonly decode: AppConfigOptions["decode"];
  readonly lookMs: number;
  readonly keepNewline: boolean;
}

/** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
export function configSettings(
  options: AppConfigOptions | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
): ConfigSettings {
  const given = optionsObject<AppConfigOptions>("config", options, KEYS);
  const fromEnv = env["TASKMON_CONFIG_DIR"]?.trim();
  const dir = given.dir ?? (fromEnv ? fromEnv : "/run/secrets");
  return {
    dir: resolve(textOption("config.dir", dir, 4_096)),
    decrypt: functionOption("config.decrypt", given.decrypt),
    decode: functionOption("config.decode", given.decode),
    lookMs: numberOption("config.lookMs", given.lookMs, {
      min: 10,
      max: 3_600_000,
      default: 1_000,
    }),
    keepNewline: booleanOption("config.keepNewline", given.keepNewline, false),
  };
}

const KEYS = keysOf<AppConfigOptions>({
  dir: true,
  decrypt: true,
  decode: true,
  lookMs: true,
  keepNewline: true,
});

function functionOption<T>(option: string, value: T | undefined): T | undefined {
  if (value === undefined || typeof value === "function") return value;
  throw new InvalidOptionError(option, "a function", value);
}
