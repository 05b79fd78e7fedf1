import type { Attributes, AttributeValue } from "@opentelemetry/api";
import type { Clock } from "../shared/clock.ts";
import { createReporter } from "../shared/report.ts";
import { withTimeout } from "../shared/timeout.ts";
import type { ResourceLike } from "./types.ts";

/** A resource whose attributes are all known. */
export class SettledResource {
  readonly asyncAttributesPending = false;
  readonly attributes: Attributes;
  readonly schemaUrl?: string;

  constructor(attributes: Attributes, schemaUrl: string | undefined) {
    this.attributes = attributes;
    if (schemaUrl !== undefined) this.schemaUrl = schemaUrl;
  }

  async waitForAsyncAttributes(): Promise<void> {
    // Nothing is pending.
  }

  getRawAttributes(): [string, Attributes[string]][] {
    return Object.entries(this.attributes);
  }

  /** As the SDK's: the other's attributes win. */
  merge(other: ResourceLike | null): SettledResource {
    if (other === null) return this;
    const schemaUrl = other.schemaUrl ?? this.schemaUrl;
    return new SettledResource({ ...this.attributes, ...other.attributes }, schemaUrl);
  }
}

/** What the process's number makes of the resource that metrics are exported under. */
export interface StreamIdentity {
  /** The attributes that stand for the number; undefined while there is none. */
  streamAttributes(): Attributes | undefined;
  /** The attributes that must not stand beside those. */
  volatileAttributes(): readonly string[];
}

/** Asynchronous attributes that have not settled by then are left out, until they do. */
const ASYNC_ATTRIBUTES_MS = 5_000;

/** Makes, for one reader, the resource that its metrics are exported under. */
export class StreamResource {
  readonly #identity: StreamIdentity;
  readonly #clock: Clock;
  readonly #report = createReporter("reader");
  readonly #waitedFor = new WeakSet<ResourceLike>();
  #latest: { readonly key: unknown[]; readonly resource: SettledResource } | undefined;

  constructor(identity: StreamIdentity, clock: Clock) {
    this.#identity = identity;
    this.#clock = clock;
  }

  /** Waits until the asynchronous attributes of `base` are known, a few seconds at most, and only once. */
  async settle(base: ResourceLike): Promise<void> {
    if (base.asyncAttributesPending !== true || this.#waitedFor.has(base)) return;
    this.#waitedFor.add(base);
    await withTimeout(this.#clock, "Detecting the resource", ASYNC_ATTRIBUTES_MS, async () =>
      base.waitForAsyncAttributes?.(),
    ).catch((error: unknown) => {
      this.#report.warnOnce(
        "async-attributes",
        "Resource attributes are still being detected; exporting without them for now",
        error,
      );
    });
  }

  /** `base` with the number's attributes, or without them while there is no number. */
  of(base: ResourceLike): SettledResource {
    const known = settledAttributes(base);
    const stream = this.#identity.streamAttributes();
    const key = [base, base.asyncAttributesPending, ...Object.values(stream ?? {})];
    if (this.#latest !== undefined && sameItems(this.#latest.key, key))
      return this.#latest.resource;
    const attributes = { ...known };
    for (const name of this.#identity.volatileAttributes()) delete attributes[name];
    Object.assign(attributes, stream);
    const resource = new SettledResource(attributes, base.schemaUrl);
    this.#latest = { key, resource };
    return resource;
  }
}

/** The attributes that are known by now. The SDK's getter complains while some are pending. */
function settledAttributes(base: ResourceLike): Attributes {
  if (base.asyncAttributesPending !== true || base.getRawAttributes === undefined) {
    return base.attributes;
  }
  const attributes: Attributes = {};
  for (const [name, value] of base.getRawAttributes()) {
    // The first entry of a name wins, as in the SDK.
    if (isAttributeValue(value) && !Object.hasOwn(attributes, name)) attributes[name] = value;
  }
  return attributes;
}

function isAttributeValue(value: unknown): value is AttributeValue {
  return (
    ["string", "number", "boolean"].includes(typeof value) ||
    (Array.isArray(value) && value.every((item) => item === null || typeof item !== "object"))
  );
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
