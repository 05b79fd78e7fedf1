import { readFileSync, readlinkSync } from "node:fs";
import type { Environment } from "../../shared/environment.ts";
import { UsageError } from "../usage-error.ts";

/** The setup that the doctor checks. */
export interface Subject {
  /** Whose installed packages are looked at. */
  readonly folder: string;
  readonly env: Environment;
  /** The scrape endpoint of a running process; undefined if none was given. */
  readonly url: URL | undefined;
}

/**
 * The subject of a call: this folder and environment, or those of a running process of this machine.
 * @throws UsageError if the process does not exist or belongs to another user
 */
export function subjectOf(url: string | undefined, pid: string | undefined): Subject {
  const { folder, env } = pid === undefined ? here() : ofProcess(pid);
  if (url !== undefined) {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      throw new UsageError("URL must be http or https, as http://localhost:9464/metrics");
    }
    return { folder, env, url: new URL(url) };
  }
  const { TASKMON_SCRAPE_PORT: port } = env;
  return {
    folder,
    env,
    url: port === undefined ? undefined : new URL(`http://localhost:${port}/metrics`),
  };
}

function here(): Pick<Subject, "folder" | "env"> {
  return { folder: process.cwd(), env: process.env };
}

/** The environment with which the process was started, from Linux's /proc. */
function ofProcess(pid: string): Pick<Subject, "folder" | "env"> {
  if (!/^\d{1,10}$/.test(pid)) throw new UsageError(`--pid must be a number, got ${pid}`);
  try {
    const pairs = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").filter(Boolean);
    const env = Object.fromEntries(
      pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
    );
    return { folder: readlinkSync(`/proc/${pid}/cwd`), env };
  } catch (error) {
    const why =
      (error as NodeJS.ErrnoException).code === "EACCES" ? "is another user's" : "is not there";
    throw new UsageError(`the process ${pid} ${why}, or this is not Linux`, { cause: error });
  }
}
