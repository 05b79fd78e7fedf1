import { once } from "node:events";
import { connect } from "node:net";
import { integerOption, optionsObject, textOption } from "../../shared/options.ts";
import { type DependencyCheck, dependencyCheck } from "./scoped.ts";

/** Options of {@link tcpCheck}. */
export interface TcpCheckOptions {
  readonly host: string;
  readonly port: number;
}

/**
 * Checks whether something accepts TCP connections. It sends nothing and closes the connection at once, without a
 * reset, which the other side would log as an error.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function tcpCheck(options: TcpCheckOptions): DependencyCheck {
  const given = optionsObject("tcpCheck", options, ["host", "port"]);
  const host = textOption("tcpCheck.host", given.host);
  const port = integerOption("tcpCheck.port", given.port ?? 0, { min: 1, max: 65_535, default: 0 });
  return dependencyCheck(async ({ signal }) => {
    const socket = connect({ host, port });
    // Errors may also come later, and an error event without a listener would end the process.
    socket.on("error", () => undefined);
    try {
      await once(socket, "connect", { signal });
    } finally {
      socket.destroy();
    }
  });
}
