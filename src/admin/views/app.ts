import { type RuntimeView, runtimeView } from "../../app/introspection/runtime-view.ts";
import { messageOf } from "../../shared/errors.ts";
import type { AdminContext } from "../context.ts";
import type { AdminAppView, AdminConfigView } from "../host.ts";

/** The app's view of itself; without an app, the process's. */
export interface AppAnswer {
  /** Absent without an app. */
  readonly app?: AdminAppView;
  /** Absent without an app. A failure says why its folder cannot be read. */
  readonly config?: AdminConfigView | { readonly failure: string };
  readonly runtime: RuntimeView;
}

/**
 * Looks at the app and its process. Never rejects.
 * @param runtime how the process stands, where that is known
 */
export async function appAnswer(
  { settings: { app } }: AdminContext,
  runtime: RuntimeView = runtimeView(),
): Promise<AppAnswer> {
  if (app === undefined) return { runtime };
  const config = await app.config.view().catch((error: unknown) => ({ failure: messageOf(error) }));
  return { app: app.view(), config, runtime };
}
