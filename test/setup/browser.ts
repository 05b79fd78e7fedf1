import { type Browser, chromium } from "playwright-core";
import type { Program } from "./programs.ts";
import { programPath } from "./test-run.ts";

/** What {@link startBrowser} needs on the machine. */
export const browserPrograms: readonly Program[] = [{ name: "chromium", apt: "chromium" }];

/** Starts a real browser without a window. The caller closes it. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: programPath("chromium"),
    // Tests may run as root, for whom there is no sandbox.
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });
}
