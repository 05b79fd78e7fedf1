import type { Suite } from "../harness/suite.ts";
import { measureAtOnce } from "./at-once.ts";
import { measureGrantCost } from "./grant-cost.ts";
import { measureHeartbeats } from "./heartbeats.ts";
import { startStores } from "./servers.ts";

const DEFAULT_ROUNDS = { atOnce: 3, heartbeats: 20, grantCost: 20 };

/** Allocators on real servers: starts of a fleet, heartbeats, and what a large fleet costs. */
export const allocators: Suite = {
  name: "allocators",
  async *run({ rounds }) {
    await using stores = await startStores();
    yield await measureAtOnce(stores, rounds ?? DEFAULT_ROUNDS.atOnce);
    yield await measureHeartbeats(stores, rounds ?? DEFAULT_ROUNDS.heartbeats);
    yield* measureGrantCost(stores, rounds ?? DEFAULT_ROUNDS.grantCost);
  },
};
