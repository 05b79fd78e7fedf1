import { messageOf, TaskmonError } from "../../shared/errors.ts";

/** A store of task numbers cannot be reached or used now. Calls may work again later. */
export class StoreUnavailableError extends TaskmonError {
  readonly code = "ERR_TASKMON_STORE_UNAVAILABLE";

  /** The store's name in messages: `SQLite file /run/x.sqlite`. */
  readonly store: string;

  constructor(store: string, cause: unknown) {
    super(`${store} cannot be used: ${messageOf(cause)}`, { cause });
    this.store = store;
  }
}

/** The given store holds something else than task numbers. It is left unchanged. */
export class StoreNotOursError extends TaskmonError {
  readonly code = "ERR_TASKMON_STORE_NOT_OURS";
  readonly store: string;
  /** What was found instead, in words. */
  readonly found: string;

  constructor(store: string, found: string) {
    super(`${store} is not a store of task numbers: ${found}`);
    this.store = store;
    this.found = found;
  }
}

/** A newer version of this package changed the store's schema. It is left unchanged. */
export class StoreNewerError extends TaskmonError {
  readonly code = "ERR_TASKMON_STORE_NEWER";
  readonly store: string;
  /** The store's schema version. */
  readonly found: number;
  /** The newest version that this package knows. */
  readonly known: number;

  constructor(store: string, found: number, known: number) {
    super(
      `${store} has schema version ${found}, and this version of taskmon knows versions up to ` +
        `${known}: update taskmon, or name another store`,
    );
    this.store = store;
    this.found = found;
    this.known = known;
  }
}

/** The store and this process use different clocks, so holds cannot be counted. */
export class StoreClockError extends TaskmonError {
  readonly code = "ERR_TASKMON_STORE_CLOCK";
  readonly store: string;
  /** How far this process's clock is behind the store's last entry. */
  readonly behindMs: number;

  constructor(store: string, behindMs: number) {
    super(
      `${store} was written ${Math.round(behindMs)} ms in the future of this process's monotonic ` +
        "clock, in the same boot: do its users run in different time namespaces?",
    );
    this.store = store;
    this.behindMs = behindMs;
  }
}

/** The allocator was closed before or during the call. */
export class AllocatorClosedError extends TaskmonError {
  readonly code = "ERR_TASKMON_ALLOCATOR_CLOSED";

  constructor(allocator: string) {
    super(`The ${allocator} allocator is closed`);
  }
}

/** Neither an option nor the environment says which number this process has. */
export class NumberUnknownError extends TaskmonError {
  readonly code = "ERR_TASKMON_NUMBER_UNKNOWN";

  constructor(allocator: string, reason: string) {
    super(`${allocator} finds no task number: ${reason}`);
  }
}
