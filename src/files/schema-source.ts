import { readFileSync } from "node:fs";

/**
 * The published schema of spec files. The built package has it here as data (scripts/build.ts), so that it is
 * there in any bundle.
 */
export function schemaSource(): object {
  const url = new URL("../../schema/metric-specs.schema.json", import.meta.url);
  return JSON.parse(readFileSync(url, "utf8")) as object;
}
