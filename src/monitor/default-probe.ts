import type { Probe } from "../probe/contract.ts";
import { InvalidOptionError } from "../shared/errors.ts";

/**
 * Whether the service accepts TCP connections. The sockets' code is loaded at the first run, so that who
 * imports a monitor need not have it.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` where no port is known
 */
export function defaultProbe(port: number | undefined): Probe {
  if (port === undefined) {
    throw new InvalidOptionError("url", "one with a port, or beside a probe", "one without");
  }
  let loaded: Promise<Probe> | undefined;
  return {
    type: "tcp",
    async run(target, context) {
      loaded ??= import("../probe/probes/tcp.ts").then(({ tcpProbe }) => tcpProbe());
      return (await loaded).run(target, context);
    },
  };
}
