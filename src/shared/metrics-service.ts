// Constants of OysterPack's metrics service, under their original names.

/** The id of the metrics service. */
export const METRICS_SERVICE_ID = 0xe3054017c1b1d214n;

/** The default port of the metrics endpoint. */
export const DEFAULT_METRICS_HTTP_PORT = 4_444;
