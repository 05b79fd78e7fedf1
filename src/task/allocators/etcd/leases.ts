import type { EtcdClient } from "./client.ts";

/** etcd's leases, which count holds by the clock of its leader, in whole seconds. */
export class Leases {
  readonly #client: EtcdClient;

  constructor(client: EtcdClient) {
    this.#client = client;
  }

  /** Makes a lease of at least this length; returns its id. */
  async grant(holdMs: number, signal: AbortSignal): Promise<string> {
    const body = { TTL: ttlOf(holdMs) };
    const { ID } = await this.#client.call<{ ID: string }>("lease/grant", body, signal);
    return ID;
  }

  /** Renews the lease. @returns whether it lives, and is as long as `holdMs` */
  async keepAlive(id: string, holdMs: number, signal: AbortSignal): Promise<boolean> {
    const { result } = await this.#client.call<{ result?: { TTL?: string } }>(
      "lease/keepalive",
      { ID: id },
      signal,
    );
    return Number(result?.TTL ?? 0) >= ttlOf(holdMs);
  }

  /** Ends a lease that is not needed any more. Without this call it expires by itself. */
  async revoke(id: string, signal: AbortSignal): Promise<void> {
    await this.#client.call("lease/revoke", { ID: id }, signal).catch(() => undefined);
  }

  /** The milliseconds that are left of a lease; 0 if it has ended. */
  async remainingMs(id: string, signal: AbortSignal): Promise<number> {
    const { TTL } = await this.#client.call<{ TTL?: string }>(
      "lease/timetolive",
      { ID: id },
      signal,
    );
    return Math.max(0, Number(TTL ?? 0)) * 1_000;
  }
}

function ttlOf(holdMs: number): number {
  return Math.max(1, Math.ceil(holdMs / 1_000));
}
