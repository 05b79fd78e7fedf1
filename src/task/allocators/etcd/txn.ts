import type { EtcdClient } from "./client.ts";

/** A key with its value, as etcd's gateway writes it. */
export interface KeyValue {
  readonly key: string;
  readonly value?: string;
  readonly create_revision?: string;
  readonly mod_revision?: string;
  /** The lease that the key goes away with. */
  readonly lease?: string;
}

/** The result of a transaction. */
export interface TxnResult {
  /** Whether all comparisons held, so that its parts were done. */
  readonly succeeded: boolean;
  /** What each part read, in order. */
  readonly ranges: readonly (readonly KeyValue[])[];
}

interface TxnResponse {
  readonly succeeded?: boolean;
  readonly responses?: readonly {
    readonly response_range?: { readonly kvs?: readonly KeyValue[] };
  }[];
}

/** A part of a transaction: a comparison or an operation. */
export type TxnPart = Readonly<Record<string, unknown>>;

/** Does all parts of `success` at once, if every comparison holds. */
export async function txn(
  client: EtcdClient,
  compare: readonly TxnPart[],
  success: readonly TxnPart[],
  signal: AbortSignal,
): Promise<TxnResult> {
  const { succeeded, responses } = await client.call<TxnResponse>(
    "kv/txn",
    { compare, success },
    signal,
  );
  return {
    succeeded: succeeded === true,
    ranges: (responses ?? []).map((response) => response.response_range?.kvs ?? []),
  };
}

/** Holds while the key is as it was read; `undefined` means that it did not exist. */
export function isAsRead(key: string, read: KeyValue | undefined): TxnPart {
  const mod_revision = read?.mod_revision ?? "0";
  return { key: encode(key), target: "MOD", result: "EQUAL", mod_revision };
}

export function put(key: string, value: string, lease?: string): TxnPart {
  return {
    request_put: { key: encode(key), value: encode(value), ...(lease !== undefined && { lease }) },
  };
}

export function remove(key: string): TxnPart {
  return { request_delete_range: { key: encode(key) } };
}

/** Reads one key. */
export function read(key: string): TxnPart {
  return { request_range: { key: encode(key) } };
}

/** Reads all keys with this beginning. */
export function readAll(prefix: string): TxnPart {
  return {
    request_range: {
      key: encode(prefix),
      // The first key after them: prefixes end in a slash, and "0" follows the slash.
      range_end: encode(`${prefix.slice(0, -1)}0`),
    },
  };
}

export function encode(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}

export function decode(text: string): string {
  return Buffer.from(text, "base64").toString("utf8");
}
