import { stringify } from "yaml";

/** YAML that keeps long texts on one line, so that a diff is easy to read. */
export function yaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
