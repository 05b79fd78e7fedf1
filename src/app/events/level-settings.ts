import type { ServiceLogLevel } from "../../shared/log-level.ts";

/** The log levels of services in settings: by name, by id (`0x` and hex), or by `*` for all others. */
export type ServiceLevels = Readonly<
  Record<string, { readonly logLevel?: ServiceLogLevel | undefined }>
>;

/** Settings that change while the program runs, for example those of a Taskmon object. */
export interface LevelSettings {
  readonly current: { readonly services: ServiceLevels };
  /** @returns a function that ends it */
  on(
    event: "applied",
    listener: (settings: { readonly services: ServiceLevels }) => void,
  ): () => void;
}

/** The current levels in settings. */
export class SettingLevels {
  #byName: ReadonlyMap<string | bigint, ServiceLogLevel> = new Map();
  readonly #onChange: () => void;

  /** @param onChange called when a level may have changed */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Follows the levels in settings from now on. @returns a function that stops that */
  follow(settings: LevelSettings): () => void {
    this.#take(settings.current.services);
    return settings.on("applied", ({ services }) => this.#take(services));
  }

  /** The level of this service in settings; undefined if there is none. */
  of(service: bigint, name: string): ServiceLogLevel | undefined {
    return this.#byName.get(name) ?? this.#byName.get(service);
  }

  /** The level in settings of all services that they do not name. */
  get others(): ServiceLogLevel | undefined {
    return this.#byName.get("*");
  }

  #take(services: ServiceLevels): void {
    const levels = new Map<string | bigint, ServiceLogLevel>();
    for (const [key, { logLevel }] of Object.entries(services)) {
      if (logLevel !== undefined) levels.set(isId(key) ? BigInt(key) : key, logLevel);
    }
    this.#byName = levels;
    this.#onChange();
  }
}

function isId(key: string): boolean {
  return /^0x[0-9a-f]{1,16}$/i.test(key);
}
