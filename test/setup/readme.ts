import { readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** The TypeScript block that follows the comment `<!-- name -->` in this project's README. */
export function readmeCode(name: string): string {
  return pageCode("README.md", name);
}

/** The block of a language that follows the comment `<!-- name -->` in a page, a path from the project's root. */
export function pageCode(page: string, name: string, language = "ts"): string {
  const [, after] = readFileSync(join(root, page), "utf8").split(`<!-- ${name} -->`);
  const block = new RegExp(`^\\s*\`\`\`${language}\\n([^]*?)\\n\`\`\``).exec(after ?? "");
  if (block === null) throw new Error(`${page} has no block of ${language} after <!-- ${name} -->`);
  return `${block[1]}\n`;
}
