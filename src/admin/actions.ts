import { isTaskmonError } from "../shared/errors.ts";
import type { AdminContext } from "./context.ts";
import { Problem } from "./problem.ts";
import type { Role } from "./roles.ts";
import { settingsTag } from "./views/settings.ts";

/** A requested action, and who requests it. */
export interface Order {
  readonly who: string;
  /** Why, as the caller says. */
  readonly why: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
  /** The name in the path. */
  readonly names: readonly string[];
}

/** The action of a path below `api/v1/`. */
export interface Action {
  readonly method: "POST" | "PATCH" | "PUT";
  /** Each `:name` stands for one segment. */
  readonly path: string;
  readonly role: Role;
  /** For the audit event, in words. */
  readonly words: string;
  /** Whether a reason must be given. */
  readonly needsWhy?: boolean;
  /** The tag that `If-Match` must have. */
  tag?(context: AdminContext): string;
  /** @returns plain data */
  run(context: AdminContext, order: Order): unknown;
}

/** Everything that can be done. */
export const ACTIONS: readonly Action[] = [
  {
    ...{ method: "POST", path: "health/:check/run", role: "operator", words: "run health check" },
    run: async ({ taskmon: { health } }, { names: [check] }) => {
      const { state, durationMs } = await health.run(check!);
      return { state, durationMs };
    },
  },
  {
    ...{
      method: "POST",
      path: "health/:check/pause",
      role: "operator",
      words: "pause health check",
    },
    run({ taskmon: { health } }, { names: [check] }) {
      if (!health.pause(check!)) throw new Problem(404, "There is no check of that name");
      return { state: "paused" };
    },
  },
  {
    ...{
      method: "POST",
      path: "health/:check/resume",
      role: "operator",
      words: "resume health check",
    },
    run({ taskmon: { health } }, { names: [check] }) {
      health.resume(check!);
      return { state: health.result(check!).state };
    },
  },
  {
    ...{ method: "POST", path: "probes/:probe/run", role: "operator", words: "run probe" },
    run: async ({ taskmon: { probes } }, { names: [probe] }) => {
      const results = await probes.run(probe!);
      return { items: results.map(({ target, state }) => ({ target: target.name, state })) };
    },
  },
  {
    ...{ method: "POST", path: "probes/:probe/pause", role: "operator", words: "pause probe" },
    run({ taskmon: { probes } }, { names: [probe] }) {
      probes.pause(probe!);
      return { state: "paused" };
    },
  },
  {
    ...{ method: "POST", path: "probes/:probe/resume", role: "operator", words: "resume probe" },
    run({ taskmon: { probes } }, { names: [probe] }) {
      probes.resume(probe!);
      return { state: "resumed" };
    },
  },
  {
    ...{
      method: "POST",
      path: "monitors/:service/probe",
      role: "operator",
      words: "probe service",
    },
    run: async ({ taskmon: { monitors } }, { names: [service] }) => ({
      up: await monitors.reprobe(service!),
    }),
  },
  {
    ...{ method: "PATCH", path: "settings", role: "operator", words: "change settings" },
    needsWhy: true,
    tag: settingsTag,
    run({ taskmon: { settings } }, { who, why, body }) {
      const { values } = body;
      if (typeof values !== "object" || values === null) {
        throw new Problem(422, "values must be an object of settings");
      }
      return { values: settings.update(values, why === undefined ? { who } : { who, why }) };
    },
  },
  {
    ...{ method: "PUT", path: "log-level", role: "operator", words: "set log level" },
    run({ taskmon: { settings } }, { who, why, body: { level } }) {
      const by = why === undefined ? { who } : { who, why };
      // The settings reject other values.
      return { level: settings.update({ logLevel: level as never }, by).logLevel };
    },
  },
  {
    ...{ method: "PUT", path: "app/log-level", role: "operator", words: "set the app's log level" },
    run(context, { body: { level } }) {
      const app = appOf(context);
      app.logLevel = level as string;
      return { level: app.logLevel };
    },
  },
  {
    method: "PUT",
    path: "app/services/:service/log-level",
    role: "operator",
    words: "set log level of service",
    run(context, { names: [name], body: { level } }) {
      const app = appOf(context);
      const { services } = app.view();
      const at = services.findIndex((service) => service.name === name || service.id === name);
      const id = app.ids[at];
      if (id === undefined) throw new Problem(404, "The app has no service of that name");
      app.setServiceLogLevel(id, level as never);
      return { level: app.serviceLogLevel(id) };
    },
  },
  {
    ...{ method: "POST", path: "task/release", role: "admin", words: "release the task number" },
    needsWhy: true,
    run: async ({ taskmon: { task } }) => {
      await task.release();
      return { state: task.state };
    },
  },
  {
    ...{ method: "POST", path: "task/start", role: "admin", words: "ask for a task number" },
    run({ taskmon: { task } }) {
      task.start();
      return { state: task.state };
    },
  },
  {
    ...{ method: "POST", path: "kill", role: "admin", words: "kill the process" },
    needsWhy: true,
    run({ settings: { kill, clock } }, { why }) {
      // After the answer is on its way.
      clock.after(50, () => kill(why ?? ""));
      return { state: "ending" };
    },
  },
];

/** The answer to a client for one of our errors. */
export function problemOf(error: unknown): unknown {
  if (!isTaskmonError(error)) return error;
  const { code, message } = error as Error & { readonly code: string };
  if (/NOT_FOUND|NOT_REGISTERED|UNKNOWN_SERVICE/.test(code)) return new Problem(404, message);
  if (/NOT_ALIVE|NOT_RUNNING/.test(code)) return new Problem(409, message);
  if (/INVALID_OPTION|ERR_TASKMON_SETTINGS/.test(code)) return new Problem(422, message);
  if (code === "ERR_TASKMON_BODY_TOO_LARGE") return new Problem(413, message);
  return new Problem(409, message);
}

function appOf({ settings: { app } }: AdminContext): NonNullable<AdminContext["settings"]["app"]> {
  if (app === undefined) throw new Problem(404, "There is no app");
  return app;
}
