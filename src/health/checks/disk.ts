import { statfs } from "node:fs/promises";
import { numberOption, optionsObject, textOption } from "../../shared/options.ts";
import { type DependencyCheck, dependencyCheck } from "./scoped.ts";

/** Options of {@link diskCheck}. */
export interface DiskCheckOptions {
  /** A path on the file system. */
  readonly path: string;
  /** Warns if less than this share is free for this user. @default 0.1 */
  readonly warnFreeRatio?: number;
  /** Fails if less than this share is free for this user. @default 0.05 */
  readonly minFreeRatio?: number;
}

/**
 * Checks the free space of a file system. A restart does not free space, so it is not a liveness check.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function diskCheck(options: DiskCheckOptions): DependencyCheck {
  const given = optionsObject("diskCheck", options, ["path", "warnFreeRatio", "minFreeRatio"]);
  const path = textOption("diskCheck.path", given.path, 4_096);
  const ratio = { min: 0, max: 1 };
  const warn = numberOption("diskCheck.warnFreeRatio", given.warnFreeRatio, {
    ...ratio,
    default: 0.1,
  });
  const min = numberOption("diskCheck.minFreeRatio", given.minFreeRatio, {
    ...ratio,
    default: 0.05,
  });
  return dependencyCheck(async () => {
    const { bavail, blocks, bsize } = await statfs(path);
    // Some file systems, such as /proc, have no size.
    const free = blocks === 0 ? 1 : bavail / blocks;
    const data = { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
    const message = `${(free * 100).toFixed(1)} % of ${path} is free`;
    if (free < min) return { status: "fail", message, data };
    return { status: free < warn ? "warn" : "pass", message, data };
  });
}
