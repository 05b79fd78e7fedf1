import { isRecord } from "./checks.ts";

/** What a message is about: a line carries the messages of both, and the host's own. */
export type Service = "lease" | "scrape";

/** A message that was opened: data from outside, whose fields are still to be checked. */
export type Message = Readonly<Record<string, unknown>>;

/** Messages of another version are passed over: a deploy may have both sides differ for a while. */
const VERSION = 1;

/** A message as it is sent. */
export function sealed(service: Service, body: object): object {
  return { taskmon: service, v: VERSION, ...body };
}

/** What is in a message of the service; undefined of a foreign one, `version` of another version's. */
export function opened(service: Service, message: unknown): Message | "version" | undefined {
  if (!isRecord(message) || message["taskmon"] !== service) return undefined;
  return message["v"] === VERSION ? message : "version";
}
