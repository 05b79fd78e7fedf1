import { diag, type DiagLogger } from "@opentelemetry/api";

/** Says each cause of trouble once on the OpenTelemetry `diag` logger, until it is re-armed. */
export interface Reporter {
  /** Warns unless `cause` has been reported already. */
  warnOnce(cause: string, message: string, ...details: unknown[]): void;
  /** Reports an error unless `cause` has been reported already. */
  errorOnce(cause: string, message: string, ...details: unknown[]): void;
  /** Says that `cause` is over, if it was reported, and lets it be reported again. */
  recovered(cause: string, message: string): void;
  /** A plain line, every time. */
  info(message: string): void;
}

/** More causes than this are not remembered, nor reported: causes may come from outside. */
const MAX_CAUSES = 1_000;

/** A reporter whose lines begin with `taskmon.<component>`. */
export function createReporter(component: string): Reporter {
  const reported = new Set<string>();
  const first = (cause: string): boolean => {
    if (reported.has(cause) || reported.size >= MAX_CAUSES) return false;
    reported.add(cause);
    return true;
  };
  // The global logger may be set after us, so it is looked up at each use.
  const log = (): DiagLogger => diag.createComponentLogger({ namespace: `taskmon.${component}` });
  return {
    warnOnce(cause, message, ...details) {
      if (first(cause)) guard(() => log().warn(message, ...details));
    },
    errorOnce(cause, message, ...details) {
      if (first(cause)) guard(() => log().error(message, ...details));
    },
    recovered(cause, message) {
      if (reported.delete(cause)) guard(() => log().info(message));
    },
    info(message) {
      guard(() => log().info(message));
    },
  };
}

/** A logger that throws is the host's, and must not become the host's trouble through us. */
function guard(log: () => void): void {
  try {
    log();
  } catch {
    // There is no one left to tell.
  }
}
