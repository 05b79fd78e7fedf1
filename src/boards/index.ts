export { type DashboardOptions, dashboardFor, dashboardOf, TOPICS } from "./boards.ts";
export type { Dashboard, Panel, RowPanel, Target, Variable } from "./dashboard/model.ts";
export type { Repeat } from "./dashboard/dashboard.ts";
export { NAMINGS, type NamingOptions } from "./exported.ts";
export { type ManifestOptions, probesManifest, scrapeManifest } from "./manifests.ts";
export {
  type Alert,
  RULE_TOPICS,
  type RuleGroup,
  type RuleOptions,
  rulesFor,
} from "./rules/rules.ts";
export type { Recording } from "./rules/rule.ts";
export { RULE_FORMATS, rulesText } from "./rules/write.ts";
