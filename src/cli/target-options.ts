import type { TaskListing } from "../task/allocator.ts";
import type { Target } from "../task/target.ts";
import type { CommandOption } from "./command.ts";

/** The options that choose targets. */
export const targetOptions: Readonly<Record<string, CommandOption>> = {
  service: { value: "NAME", help: "Only targets of this service" },
  job: { value: "NAME", help: "Only targets of this job" },
  region: { value: "NAME", help: "Only targets in this region" },
  host: { value: "NAME", help: "Only targets on this host" },
};

/** A target, read from its key. The key has a host if numbers are unique only within a host. */
export interface ListedTarget {
  readonly service: string;
  readonly job: string;
  /** Empty if there is none. */
  readonly region: string;
  readonly host?: string;
}

/** The target of a key that `targetKey` wrote. */
export function targetOfKey(key: string): ListedTarget {
  const [service = "", job = "", region = "", host] = key.split("|").map(decodeURIComponent);
  return { service, job, region, ...(host !== undefined && { host }) };
}

/** The target for an allocator. */
export function asTarget({ service, job, region, host = "" }: ListedTarget): Target {
  return {
    serviceName: service,
    jobName: job,
    ...(region !== "" && { region }),
    hostName: host,
  };
}

/** A listing with its target. */
export interface TargetListing extends TaskListing {
  readonly of: ListedTarget;
}

/** The listings of the targets that the options choose. */
export function chosen(
  listings: readonly TaskListing[],
  options: Readonly<Record<string, string | true>>,
): TargetListing[] {
  return listings
    .map((listing) => ({ ...listing, of: targetOfKey(listing.target) }))
    .filter(({ of }) =>
      (["service", "job", "region", "host"] as const).every(
        (name) => options[name] === undefined || options[name] === of[name],
      ),
    );
}

/** The target in words: `checkout web eu-west-1`. */
export function inWords({ service, job, region, host }: ListedTarget): string {
  return [service, job, region, host].filter((part) => part).join(" ");
}
