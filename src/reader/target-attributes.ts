import type { Attributes, AttributeValue } from "@opentelemetry/api";

/** The sources of the process's identity, other than the provider's resource. */
export interface ResourceSources {
  /** The attributes of target and identity. */
  readonly target: Attributes;
  /** The resource attributes that the environment sets. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The name of this machine, which detectors use as `host.name`. */
  readonly machine: string;
}

/** An attribute with different values in the provider's resource and in the target. */
export interface Difference {
  readonly name: string;
  readonly resource: AttributeValue;
  readonly ours: AttributeValue;
  /** Which value is exported. */
  readonly wins: "resource" | "ours";
  /** Whether the resource's value comes from the environment, not from code. */
  readonly fromEnvironment: boolean;
}

/**
 * Completes the attributes of a provider's resource with those of target and identity. Code wins over the
 * environment. The resource that code set wins over the target, because traces and logs have it too. Values
 * that the SDK or a detector found lose against the target, and are not reported as a difference.
 */
export function withTarget(
  known: Attributes,
  { target, environment, machine }: ResourceSources,
): { readonly attributes: Attributes; readonly differences: readonly Difference[] } {
  const attributes = { ...known };
  const differences: Difference[] = [];
  for (const [name, ours] of Object.entries(target)) {
    const resource = known[name];
    if (ours === undefined || resource === ours) continue;
    if (resource === undefined || wasFound(name, resource, machine)) {
      attributes[name] = ours;
      continue;
    }
    const fromEnvironment = environment[name] === resource;
    if (fromEnvironment) attributes[name] = ours;
    const wins = fromEnvironment ? "ours" : "resource";
    differences.push({ name, resource, ours, wins, fromEnvironment });
  }
  return { attributes, differences };
}

/**
 * Returns a difference if `service.instance.id` was set on purpose and is not the exported one. NodeSDK sets
 * a random UUID by default, which looks the same as one that code set.
 */
export function replacedInstanceId(
  known: Attributes,
  own: Attributes | undefined,
  environment: ResourceSources["environment"],
): Difference | undefined {
  const name = "service.instance.id";
  const [resource, ours] = [known[name], own?.[name]];
  if (resource === undefined || ours === undefined || resource === ours) return undefined;
  const fromEnvironment = environment[name] === resource;
  if (!fromEnvironment && isRandom(resource)) return undefined;
  return { name, resource, ours, wins: "ours", fromEnvironment };
}

/** Describes a difference in one line. */
export function sentenceOf({ name, resource, ours, wins, fromEnvironment }: Difference): string {
  const who = fromEnvironment ? "The environment" : "The MeterProvider's resource";
  const own = name === "service.instance.id" ? "Taskmon" : "the target";
  const winner = wins === "ours" ? ours : resource;
  return `${who} says ${name} is ${text(resource)}, ${own} says ${text(ours)}: metrics are exported with ${text(winner)}`;
}

/** Whether nobody chose the value: it is the SDK's default or the machine's name. */
function wasFound(name: string, value: AttributeValue, machine: string): boolean {
  if (name === "service.name") return /^unknown_service(:|$)/.test(text(value));
  return name === "host.name" && value === machine;
}

/** Whether the value is a version 4 UUID, as the SDK's detector generates it. */
function isRandom(value: AttributeValue): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(text(value));
}

function text(value: AttributeValue): string {
  return String(value);
}
