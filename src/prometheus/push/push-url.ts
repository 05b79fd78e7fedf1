import { InvalidOptionError } from "../../shared/errors.ts";

/**
 * The labels that, together with the job, identify a group of pushed metrics. Each metric of the group gets
 * them.
 */
export type PushGrouping = Readonly<Record<string, string>>;

/**
 * Returns the URL of a group at a Pushgateway: `<url>/metrics/job/<job>/<label>/<value>`. A value that is
 * empty or contains a slash is written in base64, as the Pushgateway documents it.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function pushUrl(base: string, job: string, grouping: PushGrouping): URL {
  if (!URL.canParse(base) || !/^https?:$/.test(new URL(base).protocol)) {
    // Do not show the URL: it may contain a password.
    throw new InvalidOptionError("pushMetrics.url", "an http or https URL", typeof base);
  }
  if (typeof job !== "string" || job === "") {
    throw new InvalidOptionError("pushMetrics.job", "a text that is not empty", job);
  }
  for (const [label, value] of Object.entries(grouping)) {
    if (!/^(?!__)[A-Za-z_][A-Za-z0-9_]*$/.test(label) || label === "job") {
      const expected = "legal Prometheus labels other than job";
      throw new InvalidOptionError("pushMetrics.grouping", expected, label);
    }
    if (typeof value !== "string") {
      throw new InvalidOptionError(`pushMetrics.grouping.${label}`, "a text", value);
    }
  }
  const url = new URL(base);
  const pairs = [["job", job] as const, ...Object.entries(grouping)];
  const path = pairs.map(([label, value]) => segment(label, value)).join("/");
  url.pathname = `${url.pathname.replace(/\/$/, "")}/metrics/${path}`;
  return url;
}

function segment(label: string, value: string): string {
  if (value !== "" && !value.includes("/") && !/^\.\.?$/.test(value)) {
    return `${label}/${encodeURIComponent(value)}`;
  }
  return `${label}@base64/${Buffer.from(value).toString("base64url") || "="}`;
}
