import { unwatchFile, watchFile } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../../shared/clock.ts";
import type { AppError } from "../errors/app-error.ts";
import { configFailure } from "../errors/catalogue.ts";
import { ConfigFolder } from "./config-folder.ts";
import { type AppConfigOptions, type ConfigSettings, configSettings } from "./config-options.ts";
import { readConfig } from "./read-config.ts";
import type { ServiceConfig } from "./service-config.ts";
import type { StandardSchema } from "./standard-schema.ts";

export type { AppConfigOptions } from "./config-options.ts";

/** A file that says the same twice, this far apart, is not being written. */
const SETTLE_MS = 50;

/** The configurations of an app's services. */
export class AppConfig {
  readonly #settings: ConfigSettings;
  readonly #folder: ConfigFolder;
  readonly #clock: Clock;
  readonly #report: (error: AppError) => void;
  readonly #watches = new Set<() => void>();

  /** @param report is told of a changed configuration that is wrong; must not throw */
  constructor(
    options: AppConfigOptions | undefined,
    clock: Clock,
    report: (error: AppError) => void,
  ) {
    this.#settings = configSettings(options);
    this.#folder = new ConfigFolder(this.#settings.dir);
    this.#clock = clock;
    this.#report = report;
  }

  get dir(): string {
    return this.#settings.dir;
  }

  dirExists(): Promise<boolean> {
    return this.#folder.exists();
  }

  /**
   * The ids of the services whose files are named by an id.
   *
   * Rejects with an AppError of the kind `ConfigFailure` where the folder is missing or cannot be read.
   */
  async serviceIds(): Promise<bigint[]> {
    try {
      return await this.#folder.ids();
    } catch (error) {
      throw configFailure(0n, `The folder ${this.dir} cannot be read`, error);
    }
  }

  /** The configuration of one service. */
  of(id: bigint, name: string): ServiceConfig {
    return {
      path: () => this.#folder.find(id, name),
      read: async (schema) => {
        const file = await this.#folder.find(id, name);
        return file === undefined ? undefined : readConfig(id, file, schema, this.#settings);
      },
      watch: (schema, onChange) => this.#watch(id, name, schema, onChange),
    };
  }

  /** Watches nothing any more. */
  close(): void {
    for (const end of this.#watches) end();
  }

  #watch<T>(
    id: bigint,
    name: string,
    schema: StandardSchema<T>,
    onChange: (config: T | undefined) => void,
  ): () => void {
    const config = this.of(id, name);
    let told: { readonly config: T | undefined } | undefined;
    let cancel: (() => void) | undefined;
    let isOver = false;

    const look = async (): Promise<void> => {
      try {
        const next = await config.read(schema);
        if (isOver || (told !== undefined && isDeepStrictEqual(told.config, next))) return;
        const isFirst = told === undefined;
        told = { config: next };
        if (!isFirst) onChange(next);
      } catch (error) {
        if (!isOver) this.#report(error as AppError);
      }
    };
    const changed = (): void => {
      cancel?.();
      cancel = this.#clock.after(SETTLE_MS, () => void look());
    };
    // Each is asked what its name means now: links may change on the way, and another file may come first.
    const files = this.#folder.candidates(id, name);
    const { lookMs } = this.#settings;
    for (const file of files) watchFile(file, { interval: lookMs, persistent: false }, changed);
    void look();
    const end = (): void => {
      isOver = true;
      cancel?.();
      for (const file of files) unwatchFile(file, changed);
      this.#watches.delete(end);
    };
    this.#watches.add(end);
    return end;
  }
}
