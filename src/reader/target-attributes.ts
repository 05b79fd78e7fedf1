import type { Attributes, AttributeValue } from "@opentelemetry/api";

/** What else says which process this is, beside the provider's resource. */
export interface ResourceSources {
  /** The attributes of target and identity. */
  readonly target: Attributes;
  /** The resource attributes that the environment sets. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** This machine's name, which detectors take for `host.name`. */
  readonly machine: string;
}

/** An attribute of which the provider's resource says another value than we do. */
export interface Difference {
  readonly name: string;
  readonly resource: AttributeValue;
  readonly ours: AttributeValue;
  /** Which of them metrics are exported with. */
  readonly wins: "resource" | "ours";
  /** Whether the resource has its value from the environment, and not from code. */
  readonly fromEnvironment: boolean;
}

/**
 * The attributes of a provider's resource, completed by the target's and the identity's. Code wins over the
 * environment, and the resource that code gave the provider over the target: traces and logs have that too.
 * What the SDK or a detector found by itself gives way to the target, and is no difference.
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
 * The `service.instance.id` that was set on purpose, if it is another than the one that metrics are exported
 * with. NodeSDK sets a random UUID unasked, which looks the same as one that code set.
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

/** Says a difference in one line. */
export function sentenceOf({ name, resource, ours, wins, fromEnvironment }: Difference): string {
  const who = fromEnvironment ? "The environment" : "The MeterProvider's resource";
  const own = name === "service.instance.id" ? "Taskmon" : "the target";
  const winner = wins === "ours" ? ours : resource;
  return `${who} says ${name} is ${text(resource)}, ${own} says ${text(ours)}: metrics leave with ${text(winner)}`;
}

/** Whether nobody chose the value: the SDK's default, or the machine's own name. */
function wasFound(name: string, value: AttributeValue, machine: string): boolean {
  if (name === "service.name") return /^unknown_service(:|$)/.test(text(value));
  return name === "host.name" && value === machine;
}

/** A version 4 UUID, as the SDK's detector makes one. */
function isRandom(value: AttributeValue): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(text(value));
}

function text(value: AttributeValue): string {
  return String(value);
}
