// The ids of OysterPack's own services, under its names.

/** The app itself, where a service is asked for. */
export const APP_SERVICE = 0n;
/** The service of configurations. */
export const CONFIG_SERVICE_ID = 0x86813dd78fd207f5n;
/** The services that every app had: configurations, metrics, health checks. */
export const INFRASTRUCTURE_SERVICE_IDS: readonly bigint[] = [
  CONFIG_SERVICE_ID,
  0xe3054017c1b1d214n,
  0xe105d0909fcc5ec5n,
];
