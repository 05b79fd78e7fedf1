// Constants of OysterPack's health checks, under their original names.

/** The service that owns the metrics of health checks. */
export const HEALTHCHECK_SERVICE_ID = 0xe105d0909fcc5ec5n;
/** The label of the two gauges; its value is the check's id in hex. */
export const HEALTHCHECK_METRIC_LABEL = "healthcheck";
/** The gauge of failures in a row. */
export const HEALTHCHECK_METRIC_ID = 0x844d7830332bffd3n;
/** The gauge of the last run's duration, in nanoseconds. */
export const HEALTHCHECK_RUN_DURATION_METRIC_ID = 0xcd4260d6e89ad9c6n;
/** The time from one run to the next, in milliseconds: OysterPack's default, not ours. */
export const DEFAULT_HEALTHCHECK_RUN_INTERVAL = 300_000;
/** The longest run, in milliseconds. */
export const DEFAULT_HEALTHCHECK_RUN_TIMEOUT = 5_000;
/** The field of its log events that names the check. */
export const HEALTHCHECK_ID_LOG_FIELD = "healthcheck";
/** The ids of its log events. */
export const ZERO_HEALTHCHECKS = 0x8c805853a70ec666n;
export const HEALTHCHECK_REGISTERED = 0xb5f3142d410a2375n;
export const HEALTHCHECK_PAUSED = 0xc7a3b54188e75210n;
export const HEALTHCHECK_RESUMED = 0xc4dc7b2938caf3a9n;
export const HEALTHCHECK_RESULT = 0xa68e0475cc1839ben;
