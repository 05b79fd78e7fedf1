import { showId } from "../../identity/id.ts";
import type { Clock } from "../../shared/clock.ts";
import type { AppError } from "../errors/app-error.ts";
import { configFailure } from "../errors/catalogue.ts";
import { LOG_EVENTS } from "../events/catalogue.ts";
import type { ServiceLogger } from "../events/service-logger.ts";
import { ConfigFolder } from "./config-folder.ts";
import { type AppConfigOptions, type ConfigSettings, configSettings } from "./config-options.ts";
import { readConfig } from "./read-config.ts";
import type { ServiceConfig } from "./service-config.ts";
import type { StandardSchema } from "./standard-schema.ts";
import { watchConfig } from "./watch-config.ts";

/** Receives the problems of configurations. Must not throw. */
export interface ConfigListener {
  loggerOf(service: bigint, name: string): ServiceLogger;
  /** A watched configuration has become invalid. */
  report(error: unknown): void;
}

/** The folder of the configurations, as plain data. */
export interface AppConfigView {
  readonly dir: string;
  readonly exists: boolean;
  /** The ids of services with a file that is named by an id, as `0x` and hex. */
  readonly services: readonly string[];
}

/** The configurations of an app's services. */
export class AppConfig {
  readonly #settings: ConfigSettings;
  readonly #folder: ConfigFolder;
  readonly #clock: Clock;
  readonly #told: ConfigListener;
  readonly #watches = new Set<() => void>();

  /** @internal */
  constructor(options: AppConfigOptions | undefined, clock: Clock, told: ConfigListener) {
    this.#settings = configSettings(options);
    this.#folder = new ConfigFolder(this.#settings.dir);
    this.#clock = clock;
    this.#told = told;
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

  /** Where configurations are, for a page. Never rejects. */
  async view(): Promise<AppConfigView> {
    const ids = await this.#folder.ids().catch(() => []);
    return { dir: this.dir, exists: await this.dirExists(), services: ids.map(showId) };
  }

  /** The configuration of one service. */
  of(id: bigint, name: string): ServiceConfig {
    const files = (): readonly string[] => this.#folder.candidates(id, name);
    let known: { readonly config: unknown } | undefined;
    const read = async <T>(schema: StandardSchema<T>): Promise<T | undefined> => {
      const file = await this.#folder.find(id, name);
      if (file === undefined) return undefined;
      return readConfig(id, file, schema, this.#settings).catch((error: AppError) => {
        const logger = this.#told.loggerOf(id, name);
        logger.event(LOG_EVENTS.CONFIG_LOADING_ERR, error.message, {}, "error");
        throw error;
      });
    };
    return {
      get files() {
        return files();
      },
      path: () => this.#folder.find(id, name),
      read: async (schema) => {
        const config = await read(schema);
        known = { config };
        return config;
      },
      watch: (schema, onChange) =>
        this.#watch((onError) =>
          watchConfig({
            ...{ files: files(), known, onChange, onError },
            clock: this.#clock,
            lookMs: this.#settings.lookMs,
            read: () => read(schema),
          }),
        ),
    };
  }

  /** Stops watching. */
  close(): void {
    for (const end of this.#watches) end();
  }

  #watch(begin: (onError: (error: unknown) => void) => () => void): () => void {
    const endWatch = begin((error) => this.#told.report(error));
    const end = (): void => {
      endWatch();
      this.#watches.delete(end);
    };
    this.#watches.add(end);
    return end;
  }
}
