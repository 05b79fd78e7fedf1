import { readFileSync } from "node:fs";

/**
 * The text of a file of the page. The built package has the texts here (scripts/build-modules.ts), so that they are
 * there in any bundle.
 */
export function assetSource(name: string): string {
  return readFileSync(new URL(`./assets/${name}`, import.meta.url), "utf8");
}
