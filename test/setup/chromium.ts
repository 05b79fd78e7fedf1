import { messageOf } from "../../src/shared/errors.ts";
import { ensurePrograms, findProgram, type Program } from "./programs.ts";

const program: Program = { name: "chromium", apt: "chromium" };

/** Installs Debian's browser where that is possible. Unlike servers it may be missing: its tests are skipped. */
export function ensureChromium(): void {
  try {
    ensurePrograms([program]);
  } catch (error) {
    console.log(`Tests in a browser are skipped. ${messageOf(error)}`);
  }
}

/** Where the browser is, or undefined. */
export function chromiumPath(): string | undefined {
  return findProgram(program);
}
