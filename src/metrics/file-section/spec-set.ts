import { messageOf } from "../../shared/errors.ts";
import { Form } from "../form.ts";
import { KnownSpecs } from "../known-specs.ts";
import { type MetricSpec, sameSpec, specKey } from "../spec.ts";
import { MetricConflictError } from "../spec-errors.ts";

/**
 * Collects specs by the rules of a registry: the same spec may come twice, and a spec that contradicts
 * another is refused.
 */
export class SpecSet {
  readonly specs: MetricSpec[] = [];
  readonly #known = new KnownSpecs(new Form());
  readonly #byIds = new Map<string, MetricSpec>();
  readonly #services = new Map<bigint, MetricSpec>();

  /**
   * Adds the spec.
   * @returns the problem with both places if it cannot be added, or else undefined
   */
  add(spec: MetricSpec): string | undefined {
    const named = this.#services.get(spec.service.id);
    if (named !== undefined && named.service.name !== spec.service.name) {
      return `the service has the name ${spec.service.name} here, and ${named.service.name} at ${named.definedAt}; it needs one name`;
    }
    const known = this.#byIds.get(specKey(spec));
    if (known !== undefined && sameSpec(known, spec)) return undefined;
    try {
      this.#known.add(spec);
    } catch (error) {
      if (!(error instanceof MetricConflictError)) throw error;
      return messageOf(error);
    }
    if (named === undefined) this.#services.set(spec.service.id, spec);
    this.#byIds.set(specKey(spec), spec);
    this.specs.push(spec);
    return undefined;
  }
}

/** Returns the specs by name. If several services use a name, the key is `<meter name>/<name>`. */
export function specsByName(specs: readonly MetricSpec[]): Readonly<Record<string, MetricSpec>> {
  const ofName = Map.groupBy(specs, ({ name }) => name);
  const named = specs.map((spec): [string, MetricSpec] => {
    const { name, service } = spec;
    return [ofName.get(name)!.length === 1 ? name : `${service.name}/${name}`, spec];
  });
  return Object.freeze(Object.fromEntries(named));
}
