import { getHeapStatistics } from "node:v8";
import { numberOption, optionsObject } from "../../shared/options.ts";
import { processCheck, type ProcessCheck } from "./scoped.ts";

/** Options of {@link heapCheck}. */
export interface HeapCheckOptions {
  /** Warns from this share of the heap limit on. @default 0.85 */
  readonly warnRatio?: number;
  /** Fails from this share of the heap limit on. @default 0.95 */
  readonly maxRatio?: number;
}

/**
 * Checks whether the JavaScript heap stays below its limit, at which Node.js ends the process.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function heapCheck(options?: HeapCheckOptions): ProcessCheck {
  const given = optionsObject("heapCheck", options, ["warnRatio", "maxRatio"]);
  const ratio = { min: 0, max: 1 };
  const warnRatio = numberOption("heapCheck.warnRatio", given.warnRatio, {
    ...ratio,
    default: 0.85,
  });
  const maxRatio = numberOption("heapCheck.maxRatio", given.maxRatio, { ...ratio, default: 0.95 });
  return processCheck(() => {
    const { used_heap_size: usedBytes, heap_size_limit: limitBytes } = getHeapStatistics();
    const used = usedBytes / limitBytes;
    const data = { usedBytes, limitBytes };
    const message = `${(used * 100).toFixed(1)} % of the heap's limit is used`;
    if (used >= maxRatio) return { status: "fail", message, data };
    return { status: used >= warnRatio ? "warn" : "pass", message, data };
  });
}
