import { messageOf } from "../../shared/errors.ts";
import {
  type FixedWidthBuckets,
  fixedWidthBuckets,
  type GeometricBuckets,
  geometricBuckets,
} from "../bucketers.ts";

/** Returns the bounds of a file's `buckets`, which lists them or has a rule that computes them. */
export function boundsOf(value: unknown): { readonly bounds: unknown; readonly problem?: string } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { bounds: value };
  const { fixedWidth, geometric } = value as {
    readonly fixedWidth?: FixedWidthBuckets;
    readonly geometric?: GeometricBuckets;
  };
  try {
    return { bounds: fixedWidth ? fixedWidthBuckets(fixedWidth) : geometricBuckets(geometric) };
  } catch (error) {
    return { bounds: value, problem: messageOf(error).replace(/^Option /, "") };
  }
}
