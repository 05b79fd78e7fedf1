import { formatId } from "../../identity/id.ts";
import type { Identity } from "../../identity/identity.ts";
import { VERSION } from "../../shared/version.ts";
import { type LoggerOption, type LogSink, sinkOf } from "./log-sink.ts";
import { ServiceLogger, type ServiceLogLevel, serviceLogLevel } from "./service-logger.ts";

/** The loggers of an app and its services, and how much each says. Levels take effect at once. */
export class AppLog {
  /** The app's own. */
  readonly own: ServiceLogger;
  readonly #identity: Identity;
  readonly #sinkFor: (name: string) => LogSink;
  readonly #levels = new Map<bigint, ServiceLogLevel>();
  #level: ServiceLogLevel;

  /** @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` */
  constructor(
    logger: LoggerOption | undefined,
    level: ServiceLogLevel | undefined,
    identity: Identity,
  ) {
    this.#identity = identity;
    this.#sinkFor = (name) => sinkOf(logger, name, VERSION);
    this.#level = serviceLogLevel("app.logLevel", level ?? "info");
    this.own = this.of(0n, "taskmon.app");
  }

  /** How much services say that have no level of their own. */
  get level(): ServiceLogLevel {
    return this.#level;
  }

  set level(level: ServiceLogLevel) {
    this.#level = serviceLogLevel("logLevel", level);
  }

  levelOf(service: bigint): ServiceLogLevel {
    return this.#levels.get(service) ?? this.#level;
  }

  /**
   * @param level undefined for what the app says
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
   */
  setLevelOf(service: bigint, level: ServiceLogLevel | undefined): void {
    if (level === undefined) this.#levels.delete(service);
    else this.#levels.set(service, serviceLogLevel("logLevel", level));
  }

  /** The logger of a service; zero is the app's id. */
  of(service: bigint, name: string): ServiceLogger {
    const { domain, app, release, instance } = this.#identity;
    const constants = {
      "taskmon.domain.id": formatId(domain),
      "taskmon.app.id": formatId(app),
      "taskmon.release.id": formatId(release),
      "taskmon.instance.id": formatId(instance),
      ...(service !== 0n && {
        "taskmon.service.id": formatId(service),
        "taskmon.service.name": name,
      }),
    };
    return new ServiceLogger(this.#sinkFor(name), () => this.levelOf(service), constants);
  }
}
