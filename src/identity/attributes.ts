import { formatId } from "./id.ts";
import type { Identity } from "./identity.ts";

/**
 * The identity as resource attributes. Ids are hex text, since attributes hold no 64-bit integers;
 * an id of zero means that none was given, and is left out.
 */
export function identityAttributes(identity: Identity): Record<string, string> {
  const attributes: Record<string, string> = {
    "service.instance.id": identity.instanceId,
    "taskmon.instance.id": formatId(identity.instance),
  };
  if (identity.namespace !== undefined) attributes["service.namespace"] = identity.namespace;
  if (identity.version !== undefined) attributes["service.version"] = identity.version;
  if (identity.domain !== 0n) attributes["taskmon.domain.id"] = formatId(identity.domain);
  if (identity.app !== 0n) attributes["taskmon.app.id"] = formatId(identity.app);
  if (identity.release !== 0n) attributes["taskmon.release.id"] = formatId(identity.release);
  return attributes;
}
