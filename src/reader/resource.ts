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

  /** Another object of the same attributes. */
  copy(): SettledResource {
    return new SettledResource(this.attributes, this.schemaUrl);
  }

  /** As the SDK's: the other's attributes win. */
  merge(other: ResourceLike | null): SettledResource {
    if (other === null) return this;
    const schemaUrl = other.schemaUrl ?? this.schemaUrl;
    return new SettledResource({ ...this.attributes, ...other.attributes }, schemaUrl);
  }
}

/** Asynchronous attributes that have not settled by then are left out, until they do. */
const ASYNC_ATTRIBUTES_MS = 5_000;

/** The readers of a process say the same. */
const differencesSaid = createReporter("reader");

/** Makes, for one reader, the resource that its metrics are exported under. */
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

  /**
   * `base` with the attributes of the target and the attributes `own`, if there are any, and without the
   * `left` out ones.
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
