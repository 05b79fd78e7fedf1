import { isMainThread } from "node:worker_threads";
import type { Environment } from "../shared/environment.ts";
import { InvalidOptionError } from "../shared/errors.ts";
import type { TaskNumAllocator } from "../task/allocator.ts";
import type { TaskmonOptions } from "../taskmon/options.ts";
import { createTaskmon, type Taskmon } from "../taskmon/taskmon.ts";
import { allocatorOf } from "./allocator-url.ts";
import { type StartReport, startReport } from "./console.ts";
import { optionsOf } from "./options.ts";
import { readVariables } from "./read-variables.ts";
import type { Values } from "./variables.ts";
import { wire } from "./wire.ts";

const KEY = Symbol.for("taskmon.register");

/**
 * Wires Taskmon into this process as the environment says, once. Never throws: what is wrong is said and
 * left out. A worker thread is part of its process, and gets nothing of its own.
 * @returns the Taskmon object; undefined where there is none
 */
export function register(env: Environment = process.env): Taskmon | undefined {
  if (!isMainThread) return undefined;
  const known = globalThis as { [KEY]?: { readonly taskmon: Taskmon | undefined } };
  return (known[KEY] ??= { taskmon: begin(env) }).taskmon;
}

function begin(env: Environment): Taskmon | undefined {
  const report = startReport();
  try {
    const { values, problems } = readVariables(env);
    for (const problem of problems) report.problem(problem);
    const taskmon = create(values, env, report);
    wire(taskmon, values, env, report);
    return taskmon;
  } catch (error) {
    report.warnOnce("register", "The program continues without Taskmon", error);
    return undefined;
  }
}

/** Leaves out, one after another, the options that are refused. */
function create(values: Values, env: Environment, report: StartReport): Taskmon {
  let options = optionsOf(values, allocator(values, report), env);
  for (;;) {
    try {
      return createTaskmon(options);
    } catch (error) {
      const name = error instanceof InvalidOptionError ? error.option.split(".")[0]! : "";
      if (!(name in options)) throw error;
      report.problem(error);
      const { [name as keyof TaskmonOptions]: _, ...others } = options;
      options = others;
    }
  }
}

function allocator(values: Values, report: StartReport): TaskNumAllocator | undefined {
  try {
    return allocatorOf(values, report);
  } catch (error) {
    report.problem(error);
    return undefined;
  }
}
