import { showId } from "../../identity/id.ts";
import { messageOf } from "../../shared/errors.ts";
import type { ServiceLogLevel } from "../../shared/log-level.ts";
import type { App } from "../app.ts";

import type { LifeState } from "../services/lifecycle.ts";
import type { Service } from "../services/service.ts";

/** The state of a service, as plain data. */
export interface ServiceView {
  /** `0x` and hex. */
  readonly id: string;
  readonly name: string;
  readonly state: LifeState;
  /** When it came into this state, in RFC 3339. */
  readonly since: string;
  /** The names of the services that it needs. */
  readonly dependsOn: readonly string[];
  readonly logLevel: ServiceLogLevel;
  readonly restarts: number;
  /** The error because of which it ended or is ending; absent without one. */
  readonly reason?: string;
}

/** The state of an app, as plain data: for a page, a command or a log. Ids are `0x` and hex. */
export interface AppView {
  readonly domain: string;
  readonly id: string;
  readonly release: string;
  readonly instance: string;
  readonly state: LifeState;
  /** In RFC 3339. */
  readonly startedAt: string;
  readonly pid: number;
  readonly host: string;
  readonly exitCode: number;
  readonly logLevel: ServiceLogLevel;
  readonly services: readonly ServiceView[];
}

/** Looks at an app. */
export function appView(app: App): AppView {
  const { domain, app: id, release, instance } = app.identity;
  return {
    domain: showId(domain),
    id: showId(id),
    release: showId(release),
    instance: showId(instance),
    state: app.state,
    startedAt: app.startedAt.toISOString(),
    ...{ pid: app.pid, host: app.host, exitCode: app.exitCode, logLevel: app.logLevel },
    services: app.services.map((service) => serviceView(app, service)),
  };
}

function serviceView(app: App, service: Service): ServiceView {
  const { id, name, state, since, restarts, reason, spec } = service;
  return {
    ...{ id: showId(id), name, state, restarts },
    since: since.toISOString(),
    dependsOn: spec.dependsOn.map((needed) => app.get(needed)?.name ?? showId(needed)),
    logLevel: app.serviceLogLevel(service),
    ...(reason !== undefined && { reason: messageOf(reason) }),
  };
}
