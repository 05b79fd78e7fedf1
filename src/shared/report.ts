import { diagLogger } from "./api.ts";
import { messageOf } from "./errors.ts";
import { speak } from "./voice.ts";

/**
 * Says each cause of trouble once on the OpenTelemetry `diag` logger, until it is re-armed: one line,
 * which ends in the page that says more. Where nobody has set that logger, it goes to standard error. The error, with its stack, follows at the level `debug`.
 */
export interface Reporter {
  /** Warns unless `cause` has been reported already. The line says what `error` says, unless it does. */
  warnOnce(cause: string, message: string, error?: unknown): void;
  /** The same as an error. */
  errorOnce(cause: string, message: string, error?: unknown): void;
  /** Says that `cause` is over, if it was reported, and lets it be reported again. */
  recovered(cause: string, message: string): void;
  /** A plain line, every time. */
  info(message: string): void;
}

/** How much is said: of the levels of `diag`, this one and the graver ones. */
export type LogLevel = "all" | "verbose" | "debug" | "info" | "warn" | "error" | "none";

/** The levels of `diag`, from the one that says everything to the one that says nothing. */
export const LOG_LEVELS: readonly [LogLevel, ...LogLevel[]] = [
  "all",
  "verbose",
  "debug",
  "info",
  "warn",
  "error",
  "none",
];

/** More causes than this are not remembered, nor reported: causes may come from outside. */
const MAX_CAUSES = 1_000;

/** The gravest first, so that a level says what is at its place or before it. */
const RANKS: Readonly<Record<LogLevel, number>> = {
  none: 0,
  error: 1,
  warn: 2,
  info: 3,
  debug: 4,
  verbose: 5,
  all: 6,
};

let ceiling = RANKS.all;

/**
 * Sets what every reporter of this process says at most; the level of `diag` itself holds beside it.
 * What is not said does not count as said: the cause is reported when it next comes up and the level
 * lets it.
 */
export function setLogLevel(level: LogLevel): void {
  ceiling = RANKS[level];
}

/** The page of each component in the package's documentation. */
const PAGES: Readonly<Record<string, string>> = {
  cluster: "cluster.md",
  flush: "flush.md",
  health: "health.md",
  housekeeping: "allocators.md",
  http: "http.md",
  metrics: "metrics-from-specs.md",
  monitor: "monitor.md",
  probe: "probes.md",
  "prom-client": "moving-from-prom-client.md",
  reader: "exports.md",
  register: "register.md",
  runtime: "runtime.md",
  scrape: "scrape.md",
  settings: "settings.md",
  shutdown: "shutdown.md",
  task: "lease.md",
};

/** A reporter whose lines begin with `taskmon.<component>`. */
export function createReporter(component: string): Reporter {
  const reported = new Set<string>();
  const first = (cause: string): boolean => {
    if (reported.has(cause) || reported.size >= MAX_CAUSES) return false;
    reported.add(cause);
    return true;
  };
  // The global logger may be set after us, so it is looked up at each use.
  const log = (level: "error" | "warn" | "info" | "debug", message: string, ...more: unknown[]) =>
    diagLogger()?.[level](`taskmon.${component}`, message, ...more);
  const once = (level: "warn" | "error", cause: string, message: string, error: unknown): void => {
    if (ceiling < RANKS[level] || !first(cause)) return;
    guard(() => {
      const line = lineOf(message, error, PAGES[component]);
      log(level, line);
      // Where that went nowhere.
      speak(`${level} ${component}: ${line}`);
      if (error !== undefined && ceiling >= RANKS.debug) log("debug", message, error);
    });
  };
  return {
    warnOnce: (cause, message, error) => once("warn", cause, message, error),
    errorOnce: (cause, message, error) => once("error", cause, message, error),
    recovered(cause, message) {
      if (reported.delete(cause) && ceiling >= RANKS.info) guard(() => log("info", message));
    },
    info(message) {
      if (ceiling >= RANKS.info) guard(() => log("info", message));
    },
  };
}

/** What happened, why, and where to read more, in one line. */
function lineOf(message: string, error: unknown, page: string | undefined): string {
  const cause = error === undefined ? "" : messageOf(error);
  const saidAlready = cause === "" || message.includes(cause);
  const line = saidAlready ? message : `${message}: ${cause}`;
  return (page === undefined ? line : `${line} (docs/${page})`).replaceAll(/\s*[\r\n]+\s*/g, " ");
}

/** A logger that throws is the host's, and must not become the host's trouble through us. */
function guard(log: () => void): void {
  try {
    log();
  } catch {
    // There is no one left to tell.
  }
}
