import { Maintenance, type MaintenanceWindow } from "../check/maintenance.ts";
import { type Forced, ForcedStatus } from "./forced-status.ts";
import { HealthRegistry } from "./registry.ts";
import {
  type HealthReport,
  type HealthVerdict,
  reportOf,
  type ReportSource,
  startupPassed,
  verdictOf,
} from "./report.ts";

/**
 * The health checks of a service, and the status of their groups, from the last results, without running
 * any check.
 */
export class Health extends HealthRegistry {
  readonly #forcedStatus = new ForcedStatus();
  readonly #maintenance = new Maintenance();
  #startedUp = false;
  #draining = false;
  #hasWarnedOfNone = false;

  /**
   * Whether the service has started: the checks of the group `startup` all passed once, or there are none.
   * Until then readiness and your own groups fail, and liveness passes.
   */
  get started(): boolean {
    return (
      this.#startedUp ||
      !this.entries.all().some(({ settings }) => settings.groups.includes("startup"))
    );
  }

  /** Whether readiness fails because the service is about to end. */
  get draining(): boolean {
    return this.#draining;
  }

  /** The groups of all checks, and the groups that always exist. */
  groups(): string[] {
    const own = this.entries.all().flatMap(({ settings }) => settings.groups);
    return [...new Set(["liveness", "readiness", "startup", ...own])];
  }

  /** The status of a group: `liveness`, `readiness`, `startup`, one of your own, or `health` for all. */
  status(group: string): HealthVerdict {
    return verdictOf(group, this.#source());
  }

  /** The status of a group, with every check of the group. */
  report(group: string): HealthReport {
    return reportOf(group, this.#source());
  }

  /**
   * Excludes checks from their groups for a time. They still run, and their metrics continue.
   * @returns a function that ends the window before its time
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
   */
  maintenance(window: MaintenanceWindow = {}): () => void {
    return this.#maintenance.add(window);
  }

  /**
   * Sets the status of a check by hand. It still runs, and its metrics continue.
   * @returns a function that removes the status
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
   */
  forceCheck(name: string, status: Forced["status"], reason: string): () => void {
    const end = this.#forcedStatus.force("check", name, status, reason);
    this.onResult();
    return end;
  }

  /**
   * Sets the status of a group by hand.
   * @returns a function that removes the status
   * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
   */
  forceGroup(group: string, status: Forced["status"], reason: string): () => void {
    return this.#forcedStatus.force("group", group, status, reason);
  }

  /** Makes readiness fail from now on; `drainable` does the rest of a graceful shutdown. */
  startDraining(): void {
    this.#draining = true;
  }

  /** Makes readiness depend on the checks again, because the shutdown was cancelled. */
  stopDraining(): void {
    this.#draining = false;
  }

  #source(): ReportSource {
    const entries = this.entries.all();
    if (entries.length === 0 && !this.#hasWarnedOfNone) {
      this.#hasWarnedOfNone = true;
      this.emit("none", "warn", "No health check is registered");
    }
    return {
      entries,
      forcedStatus: this.#forcedStatus,
      maintenance: this.#maintenance,
      wallTime: this.clock.wallTime(),
      started: this.started,
      draining: this.#draining,
    };
  }

  /** @internal */
  protected override onResult(): void {
    // Only once: a started service does not start again.
    this.#startedUp ||=
      !this.started &&
      startupPassed({
        entries: this.entries.all(),
        forcedStatus: this.#forcedStatus,
        maintenance: this.#maintenance,
        wallTime: this.clock.wallTime(),
      });
  }
}
