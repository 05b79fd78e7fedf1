import { boundedText } from "../../shared/bounded-text.ts";
import { InvalidOptionError } from "../../shared/errors.ts";
import { integerOption, numberOption, optionsObject, textOption } from "../../shared/options.ts";
import { targetsOfGroups } from "./groups.ts";
import type { TargetSource } from "./source.ts";

/** Options of {@link httpTargets}. */
export interface HttpTargetsOptions {
  /** An endpoint of Prometheus' HTTP service discovery. */
  readonly url: string;
  /** Sent with each request: `{ authorization: "Bearer …" }`. @default none */
  readonly headers?: Readonly<Record<string, string>>;
  /** How often to refresh, in milliseconds. @default 60000 */
  readonly refreshMs?: number;
  /** The most targets; a longer list is rejected. @default 100000 */
  readonly maxTargets?: number;
}

const MAX_BYTES = 64 * 1_024 * 1_024;

/**
 * Targets from an endpoint of Prometheus' `http_sd`, with their labels.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function httpTargets(options: HttpTargetsOptions): TargetSource {
  const given = optionsObject("httpTargets", options, [
    ...(["url", "headers", "refreshMs", "maxTargets"] as const),
  ]);
  const url = textOption("httpTargets.url", given.url, 8_192);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new InvalidOptionError("httpTargets.url", "a URL of http or https", given.url);
  }
  const max = integerOption("httpTargets.maxTargets", given.maxTargets, {
    ...{ min: 1, max: 1_000_000, default: 100_000 },
  });
  const refreshMs = numberOption("httpTargets.refreshMs", given.refreshMs, {
    ...{ min: 100, max: 86_400_000, default: 60_000 },
  });
  const headers = new Headers(given.headers);
  headers.set("accept", "application/json");
  headers.set("x-prometheus-refresh-interval-seconds", `${refreshMs / 1_000}`);
  return {
    kind: "http_sd",
    refreshMs,
    async list({ signal }) {
      const response = await fetch(url, { headers, signal });
      const type = response.headers.get("content-type") ?? "nothing";
      if (response.status !== 200 || !/^application\/json\b/i.test(type)) {
        await response.body?.cancel();
        throw new Error(`Expected 200 and application/json, got ${response.status} and ${type}`);
      }
      return {
        targets: targetsOfGroups(JSON.parse(await boundedText(response.body, MAX_BYTES)), max),
      };
    },
  };
}
