import { inject } from "vitest";
import type { ProgramPaths } from "./programs.ts";

/** What the global setup hands to every test file. */
export interface TestRun {
  /** This run's temporary folder, removed with everything in it when the run ends. */
  readonly folder: string;
  /** Where the programs are that tests start. */
  readonly programs: ProgramPaths;
}

declare module "vitest" {
  interface ProvidedContext {
    testRun: TestRun;
  }
}

/** The path of a program that the global setup made sure of. */
export function programPath(name: string): string {
  const path = inject("testRun").programs[name];
  if (path === undefined)
    throw new Error(`${name} is not in the list of test/setup/global-setup.ts`);
  return path;
}
