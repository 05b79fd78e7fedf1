import { hostname } from "node:os";
import type { Attributes, AttributeValue } from "@opentelemetry/api";
import type { Clock } from "../shared/clock.ts";
import { resourceAttributesFromEnv } from "../shared/environment.ts";
import { createReporter } from "../shared/report.ts";
import { withTimeout } from "../shared/timeout.ts";
import type { ResourceLike } from "../points/types.ts";
import {
  replacedInstanceId,
  type ResourceSources,
  sentenceOf,
  withTarget,
} from "./target-attributes.ts";

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

  /** Returns another object with the same attributes. */
  copy(): SettledResource {
    return new SettledResource(this.attributes, this.schemaUrl);
  }

  /** As in the SDK, the attributes of `other` win. */
  merge(other: ResourceLike | null): SettledResource {
    if (other === null) return this;
    const schemaUrl = other.schemaUrl ?? this.schemaUrl;
    return new SettledResource({ ...this.attributes, ...other.attributes }, schemaUrl);
  }
}

/**
 * The wait for asynchronous attributes. Attributes that are still pending after it are left out until they
 * are known.
 */
const ASYNC_ATTRIBUTES_MS = 5_000;

/** Shared by all readers, because they would all report the same. */
const differencesSaid = createReporter("reader");

/** Makes the resource with which one reader exports its metrics. */
export class StreamResource {
  readonly #clock: Clock;
  readonly #report = createReporter("reader");
  readonly #waitedFor = new WeakSet<ResourceLike>();
  readonly #target: () => Attributes;
  readonly #surroundings: Omit<ResourceSources, "target">;
  #latest: { readonly key: unknown[]; readonly resource: SettledResource } | undefined;

  /** @param target the attributes of target and identity, the same object until they change */
  constructor(clock: Clock, target: () => Attributes = () => NO_TARGET) {
    this.#clock = clock;
    this.#target = target;
    this.#surroundings = {
      environment: resourceAttributesFromEnv(process.env),
      machine: hostname(),
    };
  }

  /** Waits for the asynchronous attributes of `base`, for a few seconds at most, and only once. */
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

  /**
   * Returns `base` with the attributes of the target and those in `own`, and without those named in `left`.
   */
  of(base: ResourceLike, own: Attributes | undefined, left: readonly string[]): SettledResource {
    const target = this.#target();
    const key = [target, base, base.asyncAttributesPending, ...left, ...Object.values(own ?? {})];
    if (this.#latest !== undefined && sameItems(this.#latest.key, key))
      return this.#latest.resource;
    const known = settledAttributes(base);
    const { attributes, differences } = withTarget(known, { ...this.#surroundings, target });
    const instance = replacedInstanceId(known, own, this.#surroundings.environment);
    const shown = differences.filter(({ name }) => !left.includes(name));
    for (const difference of instance === undefined ? shown : [...shown, instance]) {
      const sentence = sentenceOf(difference);
      differencesSaid.warnOnce(sentence, sentence);
    }
    for (const name of left) delete attributes[name];
    Object.assign(attributes, own);
    const resource = new SettledResource(attributes, base.schemaUrl);
    this.#latest = { key, resource };
    return resource;
  }
}

const NO_TARGET: Attributes = {};

/** Returns the attributes that are known now. The SDK's getter logs an error while some are pending. */
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
