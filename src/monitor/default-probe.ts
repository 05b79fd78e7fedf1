import { once } from "node:events";
import type { Probe } from "../probe/contract.ts";
import { closeNow } from "../probe/net/connect.ts";
import { InvalidOptionError } from "../shared/errors.ts";

/**
 * Checks whether the service accepts TCP connections, in the way that requests connect: if the name has
 * several addresses, of either family, one that answers is enough.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` if no port is known
 */
export function defaultProbe(port: number | undefined): Probe {
  if (port === undefined) {
    throw new InvalidOptionError("url", "one with a port, or beside a probe", "one without");
  }
  return {
    type: "tcp",
    async run({ host }, { signal }) {
      signal.throwIfAborted();
      const { connect } = process.getBuiltinModule("node:net");
      const socket = connect({ host: host ?? "localhost", port, autoSelectFamily: true });
      // Once more, for what comes when nobody waits any longer.
      socket.on("error", () => undefined);
      try {
        await once(socket, "connect", { signal });
      } catch (error) {
        // Of several addresses each has failed, and what holds their errors says nothing itself.
        throw error instanceof AggregateError ? (error.errors[0] ?? error) : error;
      } finally {
        closeNow(socket);
      }
      return { success: true };
    },
  };
}
