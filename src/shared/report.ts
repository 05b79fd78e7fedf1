import { diagLogger } from "./api.ts";
import { messageOf } from "./errors.ts";
import { speak } from "./voice.ts";

/**
 * Logs each cause of trouble once on the OpenTelemetry `diag` logger, until the cause is over. One line,
 * which ends with the page that explains it. If no `diag` logger is set, the line goes to standard error.
 * The error with its stack follows at the level `debug`.
 */
export interface Reporter {
  /**
   * Warns unless `cause` has already been reported. The error's message is appended if the line lacks it.
   */
  warnOnce(cause: string, message: string, error?: unknown): void;
  /** The same as an error. */
  errorOnce(cause: string, message: string, error?: unknown): void;
  /** Logs that `cause` is over, if it was reported; it can then be reported again. */
  recovered(cause: string, message: string): void;
  /** A plain line, every time. */
  info(message: string): void;
}

/** The log level: `diag` lines of this level and more severe ones. */
export type LogLevel = "all" | "verbose" | "debug" | "info" | "warn" | "error" | "none";

/** The levels of `diag`, from everything to nothing. */
export const LOG_LEVELS: readonly [LogLevel, ...LogLevel[]] = [
  "all",
  "verbose",
  "debug",
  "info",
  "warn",
  "error",
  "none",
];

/** The most causes that are remembered and reported: causes may come from outside. */
const MAX_CAUSES = 1_000;

/** The most severe first: a level includes everything up to its place. */
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
 * Sets the level of every reporter of this process; the level of `diag` itself applies as well. A
 * suppressed line does not count as reported: the cause is reported when it next occurs and the level
 * allows it.
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
      // The line went nowhere.
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

/** If the host's logger throws, the error must not reach the host through us. */
function guard(log: () => void): void {
  try {
    log();
  } catch {
    // There is nobody left to tell.
  }
}
