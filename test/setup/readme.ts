import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The TypeScript block that follows the comment `<!-- name -->` in this project's README. */
export function readmeCode(name: string): string {
  const readme = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8");
  const [, after] = readme.split(`<!-- ${name} -->`);
  const block = /^\s*```ts\n(?<code>[^]*?)\n```/.exec(after ?? "");
  if (block === null) throw new Error(`README.md has no block of ts after <!-- ${name} -->`);
  return `${block.groups!["code"]}\n`;
}
