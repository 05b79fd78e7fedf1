import { boolean, choice, id, integer, number, type Parse, port, text } from "./parse.ts";

/** An environment variable of `taskmon/register`. */
export interface Variable<T = unknown> {
  /** The setting, with its unit. */
  readonly about: string;
  /** The default. */
  readonly byDefault: string;
  readonly parse: Parse<T>;
}

const DAY_MS = 86_400_000;

/** The values of the variables that are set, and right. */
export interface Values {
  readonly TASKMON_SDK?: "auto" | "start" | "join";
  readonly TASKMON_JOB_NAME?: string;
  readonly TASKMON_REGION?: string;
  readonly TASKMON_HOST_NAME?: string;
  readonly TASKMON_INSTANCE_ID?: string;
  readonly TASKMON_DOMAIN_ID?: bigint;
  readonly TASKMON_APP_ID?: bigint;
  readonly TASKMON_RELEASE_ID?: bigint;
  readonly TASKMON_ALLOCATOR?: string;
  readonly TASKMON_ALLOCATOR_PREFIX?: string;
  readonly TASKMON_ALLOCATOR_SCHEMA?: string;
  readonly TASKMON_LEASE_MS?: number;
  readonly TASKMON_HEARTBEAT_MS?: number;
  readonly TASKMON_MAX_TASKS?: number;
  readonly TASKMON_UNNUMBERED_HOLD_MS?: number;
  readonly TASKMON_DEV_MODE?: boolean;
  readonly TASKMON_SCRAPE_PORT?: number;
  readonly TASKMON_SCRAPE_HOST?: string;
  readonly TASKMON_SCRAPE_TOKEN?: string;
  readonly TASKMON_HEALTH_PORT?: number;
  readonly TASKMON_HEALTH_HOST?: string;
  readonly TASKMON_SHUTDOWN_TIMEOUT_MS?: number;
}

/** The variables that `taskmon/register` reads itself. docs/environment.md is made from this. */
export const VARIABLES: { readonly [K in keyof Values]-?: Variable<NonNullable<Values[K]>> } = {
  TASKMON_SDK: {
    about:
      "Which OpenTelemetry SDK to use: `start` starts a NodeSDK, `join` waits for the one that the " +
      "program starts.",
    byDefault:
      "`auto`: start one where an OTEL_ variable names a configuration file, an exporter or an " +
      "endpoint; else join",
    parse: choice("auto", "start", "join"),
  },
  TASKMON_JOB_NAME: {
    about: "The job of the target.",
    byDefault: "`taskmon.job.name` of OTEL_RESOURCE_ATTRIBUTES, then the service name",
    parse: text,
  },
  TASKMON_REGION: {
    about: "The region of the target.",
    byDefault: "`cloud.region` of OTEL_RESOURCE_ATTRIBUTES, then none",
    parse: text,
  },
  TASKMON_HOST_NAME: {
    about: "The host of the target.",
    byDefault: "`host.name` of OTEL_RESOURCE_ATTRIBUTES, then the machine's",
    parse: text,
  },
  TASKMON_INSTANCE_ID: {
    about: "The process's own unique id.",
    byDefault: "a random UUID, as it should be",
    parse: text,
  },
  TASKMON_DOMAIN_ID: { about: "The domain's 64-bit id.", byDefault: "none", parse: id },
  TASKMON_APP_ID: { about: "The app's 64-bit id.", byDefault: "none", parse: id },
  TASKMON_RELEASE_ID: { about: "The release's 64-bit id.", byDefault: "none", parse: id },
  TASKMON_ALLOCATOR: {
    about:
      "Who gives task numbers: `sqlite:PATH`, `redis://HOST`, `rediss://HOST`, " +
      "`postgres://USER:PASSWORD@HOST/DATABASE`, `http://HOST:2379` (etcd), or `memory:`.",
    byDefault: "an SQLite file of this host",
    parse: text,
  },
  TASKMON_ALLOCATOR_PREFIX: {
    about: "The prefix of the keys in Redis or etcd.",
    byDefault: "the allocator's",
    parse: text,
  },
  TASKMON_ALLOCATOR_SCHEMA: {
    about: "The schema in PostgreSQL.",
    byDefault: "the allocator's",
    parse: text,
  },
  TASKMON_LEASE_MS: {
    about:
      "How long a number is relied upon after the last heartbeat that got through, in milliseconds.",
    byDefault: "60000",
    parse: number(500, DAY_MS),
  },
  TASKMON_HEARTBEAT_MS: {
    about: "The time between heartbeats, in milliseconds.",
    byDefault: "a third of the lease",
    parse: number(50, DAY_MS),
  },
  TASKMON_MAX_TASKS: {
    about: "Numbers lie below this.",
    byDefault: "65536",
    parse: integer(1, 1_000_000),
  },
  TASKMON_UNNUMBERED_HOLD_MS: {
    about: "How long push readers are held while there is no number, in milliseconds.",
    byDefault: "90000",
    parse: number(0, DAY_MS),
  },
  TASKMON_DEV_MODE: {
    about: "Whether this is a desk, where nothing is sent.",
    byDefault: "`false`",
    parse: boolean,
  },
  TASKMON_SCRAPE_PORT: {
    about: "Where `/metrics` is served; 0 for any port that is free.",
    byDefault: "nowhere",
    parse: port,
  },
  TASKMON_SCRAPE_HOST: {
    about: "The address on which it is served; `0.0.0.0` for every network.",
    byDefault: "`127.0.0.1`",
    parse: text,
  },
  TASKMON_SCRAPE_TOKEN: {
    about: "Only requests with `Authorization: Bearer` and this are answered.",
    byDefault: "any request",
    parse: text,
  },
  TASKMON_HEALTH_PORT: {
    about:
      "Where `/livez`, `/readyz`, `/startupz` and `/health` are served; 0 for any port that is free.",
    byDefault: "nowhere",
    parse: port,
  },
  TASKMON_HEALTH_HOST: {
    about: "The address on which they are served.",
    byDefault: "`0.0.0.0`: the orchestrator asks from outside",
    parse: text,
  },
  TASKMON_SHUTDOWN_TIMEOUT_MS: {
    about: "The longest that the end takes, in milliseconds.",
    byDefault: "8000",
    parse: number(0, DAY_MS),
  },
};

/** Variables that `createTaskmon` reads by itself, and so with `taskmon/register` too. */
export const OTHER_VARIABLES: Readonly<Record<string, Omit<Variable, "parse">>> = {
  TASKMON_ENABLED: { about: "Whether Taskmon works at all.", byDefault: "`true`" },
  TASKMON_FLUSH_INTERVAL_MS: {
    about: "From one flush to the next, in milliseconds.",
    byDefault: "60000",
  },
  TASKMON_FLUSH_TIMEOUT_MS: {
    about: "The longest that one flush takes, in milliseconds.",
    byDefault: "5000",
  },
  TASKMON_RUNTIME: { about: "Whether V8 and the event loop are measured.", byDefault: "`false`" },
  TASKMON_LOG_LEVEL: {
    about: "How much Taskmon says: `none`, `error`, `warn`, `info`, `debug`, `verbose`, `all`.",
    byDefault: "`all` that the `diag` logger lets through",
  },
  TASKMON_STATE_DIR: {
    about: "The folder of the SQLite file that nobody named.",
    byDefault: "`taskmon` in XDG_STATE_HOME, then a folder of the user's in the temporary folder",
  },
};
