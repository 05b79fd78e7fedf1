import { fileURLToPath } from "node:url";
import { userOf, withoutUser } from "../../shared/url-user.ts";
import type { EtcdAllocatorOptions } from "./etcd.ts";

/** The kind of store that a URL names. */
export type StoreKind = "memory" | "sqlite" | "redis" | "postgres" | "etcd";

const KINDS: Readonly<Record<string, StoreKind>> = {
  memory: "memory",
  sqlite: "sqlite",
  ...{ redis: "redis", rediss: "redis" },
  ...{ postgres: "postgres", postgresql: "postgres" },
  ...{ http: "etcd", https: "etcd" },
};

/** The kind of store by the URL's scheme; undefined when the scheme is unknown. */
export function storeKind(url: string): StoreKind | undefined {
  const scheme = /^([a-z]+):/i.exec(url)?.[1]?.toLowerCase();
  return scheme === undefined || !Object.hasOwn(KINDS, scheme) ? undefined : KINDS[scheme];
}

/** The file of a URL `sqlite:PATH`, or `sqlite:///PATH` with percent signs. */
export function sqlitePath(url: string): string {
  const rest = url.slice("sqlite:".length);
  return rest.startsWith("//") ? fileURLToPath(`file:${rest}`) : rest;
}

/** The endpoint of an etcd URL, and its user if the URL names one. */
export function etcdOptions(url: string): Pick<EtcdAllocatorOptions, "endpoint" | "auth"> {
  const address = new URL(url);
  const user = userOf(address);
  return {
    endpoint: withoutUser(address).href,
    ...(user !== undefined && { auth: user }),
  };
}
