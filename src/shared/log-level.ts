/** The log level of an app's service: it logs this level and more severe ones. */
export type ServiceLogLevel = "debug" | "info" | "warn" | "error" | "none";

/** The levels, the most verbose first. */
export const SERVICE_LOG_LEVELS: readonly ServiceLogLevel[] = [
  "debug",
  "info",
  "warn",
  "error",
  "none",
];
