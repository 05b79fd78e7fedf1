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
 * Whether something accepts TCP connections. Nothing is sent; the connection is closed at once, in
 * order: a reset would be an error to the other side.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function tcpCheck(options: TcpCheckOptions): DependencyCheck {
  const given = optionsObject("tcp check", options, ["host", "port"]);
  const host = textOption("host", given.host);
  const port = integerOption("port", given.port ?? 0, { min: 1, max: 65_535, default: 0 });
  return dependencyCheck(async ({ signal }) => {
    const socket = connect({ host, port });
    // Also after it was awaited: an error event without a listener would end the process.
    socket.on("error", () => undefined);
    try {
      await once(socket, "connect", { signal });
    } finally {
      socket.destroy();
    }
  });
}
