import { formatId } from "../../identity/id.ts";
import type { Identity } from "../../identity/identity.ts";
import type { ServiceLogLevel } from "../../shared/log-level.ts";
import { VERSION } from "../../shared/version.ts";
import { type LevelSettings, SettingLevels } from "./level-settings.ts";
import { type LogAttributes, type LoggerOption, type LogSink, sinkOf } from "./log-sink.ts";
import { ServiceLogger, serviceLogLevel } from "./service-logger.ts";

/** What the loggers of an app need. */
export interface AppLogParts {
  readonly logger: LoggerOption | undefined;
  /** @default "info" */
  readonly level: ServiceLogLevel | undefined;
  readonly identity: Identity;
  nameOf(service: bigint): string;
}

/**
 * The loggers of an app and its services, with their levels. A new level takes effect at once. Levels in settings
 * win over levels in code, and a service's own level wins over the common level.
 */
export class AppLog {
  /** The logger of the app itself. */
  readonly own: ServiceLogger;
  readonly #parts: AppLogParts;
  /** On every record. */
  readonly #constants: LogAttributes;
  readonly #fromSettings: SettingLevels = new SettingLevels(() => this.#effective.clear());
  readonly #fromCode = new Map<bigint, ServiceLogLevel>();
  /** The cached level of each service; cleared when any level changes. */
  readonly #effective = new Map<bigint, ServiceLogLevel>();
  #level: ServiceLogLevel;

  /** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
  constructor(parts: AppLogParts) {
    this.#parts = parts;
    this.#level = serviceLogLevel("app.logLevel", parts.level ?? "info");
    const { domain, app, release, instance } = parts.identity;
    this.#constants = {
      "taskmon.domain.id": formatId(domain),
      "taskmon.app.id": formatId(app),
      "taskmon.release.id": formatId(release),
      "taskmon.instance.id": formatId(instance),
    };
    this.own = this.of(0n, "taskmon.app");
  }

  /** The log level of services without their own level. */
  get level(): ServiceLogLevel {
    return this.#fromSettings.others ?? this.#level;
  }

  set level(level: ServiceLogLevel) {
    this.#level = serviceLogLevel("logLevel", level);
    this.#effective.clear();
  }

  /** Follows the levels in settings from now on. @returns a function that stops that */
  follow(settings: LevelSettings): () => void {
    return this.#fromSettings.follow(settings);
  }

  levelOf(service: bigint): ServiceLogLevel {
    let level = this.#effective.get(service);
    if (level === undefined) this.#effective.set(service, (level = this.#find(service)));
    return level;
  }

  /**
   * @param level undefined for the app's level
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
   */
  setLevelOf(service: bigint, level: ServiceLogLevel | undefined): void {
    if (level === undefined) this.#fromCode.delete(service);
    else this.#fromCode.set(service, serviceLogLevel("logLevel", level));
    this.#effective.clear();
  }

  /** Removes a service. */
  forget(service: bigint): void {
    this.#effective.delete(service);
  }

  /** The logger of a service; zero is the app's id. */
  of(service: bigint, name: string = this.#parts.nameOf(service)): ServiceLogger {
    const constants = {
      ...this.#constants,
      ...(service !== 0n && {
        "taskmon.service.id": formatId(service),
        "taskmon.service.name": name,
      }),
    };
    const sink: LogSink = sinkOf(this.#parts.logger, name, VERSION);
    return new ServiceLogger(sink, () => this.levelOf(service), constants);
  }

  #find(service: bigint): ServiceLogLevel {
    const name = service === 0n ? "taskmon.app" : this.#parts.nameOf(service);
    return this.#fromSettings.of(service, name) ?? this.#fromCode.get(service) ?? this.level;
  }
}
