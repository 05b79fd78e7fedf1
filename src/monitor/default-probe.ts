import { once } from "node:events";
import type { Probe } from "../probe/contract.ts";
import { closeNow } from "../probe/net/connect.ts";
import { InvalidOptionError } from "../shared/errors.ts";

/**
 * Checks whether the service accepts TCP connections. It connects as requests do: if the name has several
 * addresses, IPv4 or IPv6, it is enough that one of them answers.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION` if no port is known
 */
export function defaultProbe(option: string, port: number | undefined): Probe {
  if (port === undefined) {
    const expected = "a URL with a port, unless you pass a probe";
    throw new InvalidOptionError(option, expected, "a URL without a port");
  }
  return {
    type: "tcp",
    async run({ host }, { signal }) {
      signal.throwIfAborted();
      const { connect } = process.getBuiltinModule("node:net");
      const socket = connect({ host: host ?? "localhost", port, autoSelectFamily: true });
      // For errors that come when nobody waits any longer.
      socket.on("error", () => undefined);
      try {
        await once(socket, "connect", { signal });
      } catch (error) {
        // All addresses failed. The AggregateError's own message is empty.
        throw error instanceof AggregateError ? (error.errors[0] ?? error) : error;
      } finally {
        closeNow(socket);
      }
      return { success: true };
    },
  };
}
