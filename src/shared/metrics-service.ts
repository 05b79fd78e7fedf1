// OysterPack's constants of its metrics service, by their names there.

/** The id of the service that serves metrics. */
export const METRICS_SERVICE_ID = 0xe3054017c1b1d214n;

/** The port at which it serves them, unless another is said. */
export const DEFAULT_METRICS_HTTP_PORT = 4_444;
