import { stringify } from "yaml";

/** YAML whose long texts stay on one line, so that a difference shows what differs. */
export function yaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
