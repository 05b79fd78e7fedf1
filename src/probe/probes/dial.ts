import {
  connectTo,
  type ConnectOptions,
  resolveAddress,
  type TcpConnection,
} from "../net/connect.ts";
import type { ResolvedAddress } from "../net/resolver.ts";
import type { Attempt } from "./attempt.ts";

/** Resolves the endpoint's host, stores the address in the details, and connects. The caller closes the socket. */
export async function dial(
  run: Attempt<Partial<ResolvedAddress>>,
  endpoint: ConnectOptions,
): Promise<TcpConnection> {
  const resolved = await resolveAddress(endpoint, run.phases, run.signal);
  Object.assign(run.details, resolved);
  return connectTo(resolved, endpoint, run.phases, run.signal);
}
