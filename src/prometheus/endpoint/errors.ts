import { messageOf, TaskmonError } from "../../shared/errors.ts";

/**
 * The scrape endpoint cannot serve, for example because its port is in use. It is never thrown; it is in
 * `state` and in events.
 */
export class ScrapeEndpointError extends TaskmonError {
  readonly code = "ERR_TASKMON_SCRAPE_ENDPOINT";

  constructor(address: string, cause: unknown) {
    super(`The scrape endpoint cannot serve ${address}: ${explain(cause)}`, { cause });
  }
}

function explain(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "EADDRINUSE") return "the port is in use";
  if (code === "EACCES") return "this process may not use the port";
  if (code === "EADDRNOTAVAIL") return "this machine does not have that address";
  return messageOf(cause);
}
