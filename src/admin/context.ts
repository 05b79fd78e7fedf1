import type { AdminTaskmon } from "./host.ts";
import type { AdminSettings } from "./options.ts";
import type { Recent } from "./recent.ts";
import type { Redactor } from "./redact.ts";

/** What the views, the page and the actions work with. */
export interface AdminContext {
  readonly taskmon: AdminTaskmon;
  readonly settings: AdminSettings;
  readonly recent: Recent;
  readonly redactor: Redactor;
}
