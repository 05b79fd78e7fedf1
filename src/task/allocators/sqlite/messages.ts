import { messageOf } from "../../../shared/errors.ts";
import type {
  Assignment,
  Heartbeat,
  HeartbeatAnswer,
  HousekeepingReport,
  Release,
  TaskListing,
} from "../../allocator.ts";
import {
  StoreClockError,
  StoreNewerError,
  StoreNotOursError,
  StoreUnavailableError,
} from "../errors.ts";
import type { StoreFile } from "./store.ts";

/** A call of an allocator's method, as data. */
export type StoreCall =
  | {
      readonly method: "notify";
      readonly targetKey: string;
      readonly instanceId: string;
      readonly heartbeat: Heartbeat;
      readonly assign: Assignment;
    }
  | {
      readonly method: "release";
      readonly targetKey: string;
      readonly instanceId: string;
      readonly grant: Release;
    }
  | {
      readonly method: "housekeep";
      /** Absent for all targets in the file. */
      readonly targetKey?: string;
      readonly limit: number;
    }
  | { readonly method: "list"; readonly targetKey?: string };

/** What each method answers. */
export interface StoreAnswers {
  readonly notify: HeartbeatAnswer;
  readonly release: boolean;
  readonly housekeep: HousekeepingReport;
  readonly list: TaskListing[];
}

/** A call, and the file that it is about. */
export interface StoreRequest<C extends StoreCall = StoreCall> {
  readonly file: StoreFile;
  readonly call: C;
}

/** What carries out calls: in a thread, or at once. */
export interface Engine {
  /** Settles when calls can be made, or are known to be impossible. Never rejects. */
  ready(signal: AbortSignal): Promise<void>;
  run<C extends StoreCall>(
    request: StoreRequest<C>,
    signal: AbortSignal,
  ): Promise<StoreAnswers[C["method"]]>;
  /** Makes the call in the calling thread, which waits for it. */
  runNow<C extends StoreCall>(request: StoreRequest<C>): StoreAnswers[C["method"]];
  close(): Promise<void>;
}

/** To the thread. */
export type ToThread =
  | { readonly kind: "run"; readonly id: number; readonly request: StoreRequest }
  | { readonly kind: "close" };

/** From the thread. */
export type FromThread =
  /** Sent once, when the thread is ready for calls. */
  { readonly kind: "ready" } | ThreadAnswer;

/** What came of a call. */
export type ThreadAnswer =
  | { readonly id: number; readonly ok: true; readonly answer: unknown }
  | { readonly id: number; readonly ok: false; readonly error: ErrorData };

/** An error as data: a structured clone keeps neither its class nor its code. */
export type ErrorData =
  | { readonly kind: "unavailable"; readonly store: string; readonly cause: CauseData }
  | { readonly kind: "not_ours"; readonly store: string; readonly found: string }
  | {
      readonly kind: "newer";
      readonly store: string;
      readonly found: number;
      readonly known: number;
    }
  | { readonly kind: "clock"; readonly store: string; readonly behindMs: number };

interface CauseData {
  readonly message: string;
  readonly code?: unknown;
  readonly errcode?: unknown;
}

/** An error of a store as data; any other error becomes "the store cannot be used". */
export function errorToData(error: unknown, store: string): ErrorData {
  if (error instanceof StoreNotOursError) {
    return { kind: "not_ours", store: error.store, found: error.found };
  }
  if (error instanceof StoreNewerError) {
    return { kind: "newer", store: error.store, found: error.found, known: error.known };
  }
  if (error instanceof StoreClockError) {
    return { kind: "clock", store: error.store, behindMs: error.behindMs };
  }
  const cause = error instanceof StoreUnavailableError ? error.cause : error;
  const { code, errcode } = cause instanceof Error ? (cause as CauseData & Error) : {};
  return { kind: "unavailable", store, cause: { message: messageOf(cause), code, errcode } };
}

/** The error that {@link errorToData} was given. */
export function errorFromData(data: ErrorData): Error {
  switch (data.kind) {
    case "not_ours":
      return new StoreNotOursError(data.store, data.found);
    case "newer":
      return new StoreNewerError(data.store, data.found, data.known);
    case "clock":
      return new StoreClockError(data.store, data.behindMs);
    case "unavailable": {
      const { message, ...codes } = data.cause;
      return new StoreUnavailableError(data.store, Object.assign(new Error(message), codes));
    }
  }
}
