import type { ServiceLogLevel } from "../../shared/log-level.ts";

/** What settings say of services: by their names, by their ids as `0x` and hex, or of all others by `*`. */
export type ServiceLevels = Readonly<
  Record<string, { readonly logLevel?: ServiceLogLevel | undefined }>
>;

/** Settings that change while the program runs: those of a Taskmon object are such. */
export interface LevelSettings {
  readonly current: { readonly services: ServiceLevels };
  /** @returns a function that ends it */
  on(
    event: "applied",
    listener: (settings: { readonly services: ServiceLevels }) => void,
  ): () => void;
}

/** The levels that settings give, as they are now. */
export class SettingLevels {
  #byName: ReadonlyMap<string | bigint, ServiceLogLevel> = new Map();
  readonly #onChange: () => void;

  /** @param onChange told when some level may be another */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Takes the levels of settings from now on. @returns a function that ends it */
  follow(settings: LevelSettings): () => void {
    this.#take(settings.current.services);
    return settings.on("applied", ({ services }) => this.#take(services));
  }

  /** What they say of this service; undefined where nothing. */
  of(service: bigint, name: string): ServiceLogLevel | undefined {
    return this.#byName.get(name) ?? this.#byName.get(service);
  }

  /** What they say of all that they do not name. */
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
