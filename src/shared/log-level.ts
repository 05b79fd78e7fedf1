/** How much a service of an app says: this level and the graver ones. */
export type ServiceLogLevel = "debug" | "info" | "warn" | "error" | "none";

/** The levels, from the one that says most. */
export const SERVICE_LOG_LEVELS: readonly ServiceLogLevel[] = [
  "debug",
  "info",
  "warn",
  "error",
  "none",
];
