import type { AdminTaskmon } from "./host.ts";
import type { AdminSettings } from "./options.ts";
import type { Recent } from "./recent.ts";
import type { Redactor } from "./redact.ts";

/** The data that views, page and actions share. */
export interface AdminContext {
  readonly taskmon: AdminTaskmon;
  readonly settings: AdminSettings;
  readonly recent: Recent;
  readonly redactor: Redactor;
}
