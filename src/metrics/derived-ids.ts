import { idOfText } from "../identity/id.ts";

/**
 * Returns the id of a service that has only a name: the first 64 bits of the SHA-256 of the name in UTF-8,
 * never zero. `printf shop | sha256sum | cut -c1-16` prints the same.
 */
export function derivedServiceId(service: string): bigint {
  return idOfText(service);
}

/**
 * Returns the id of a metric that has only a name: the first 64 bits of the SHA-256 of `service/name` in
 * UTF-8, never zero. `service` is the name of the service, or `taskmon.service.<hex id>` if it has only an
 * id.
 */
export function derivedMetricId(service: string, name: string): bigint {
  return idOfText(`${service}/${name}`);
}
