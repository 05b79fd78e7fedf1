import type { DashboardDraft } from "../dashboard/dashboard.ts";
import type { Queries } from "./query.ts";

/** What a dashboard can be about: its sections, and the metric by which services are found. */
export interface Topic extends Pick<DashboardDraft, "title" | "description"> {
  /** A metric that every service has. */
  readonly anchor: string;
  readonly sections: (queries: Queries) => DashboardDraft["sections"];
}
