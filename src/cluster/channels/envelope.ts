import { isRecord } from "./checks.ts";

/** The service of a message. A channel carries the messages of both, and those of the host. */
export type Service = "lease" | "scrape";

/** The body of a received message. Its fields are not checked yet. */
export type Message = Readonly<Record<string, unknown>>;

/** Messages of another version are ignored: during a deploy the two sides may have different versions. */
const VERSION = 1;

/** Returns the message to send for a body. */
export function sealed(service: Service, body: object): object {
  return { taskmon: service, v: VERSION, ...body };
}

/**
 * Returns the body of a message of the service. Undefined for a foreign message, `version` for one of another
 * version.
 */
export function opened(service: Service, message: unknown): Message | "version" | undefined {
  if (!isRecord(message) || message["taskmon"] !== service) return undefined;
  return message["v"] === VERSION ? message : "version";
}
