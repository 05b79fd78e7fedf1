import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The files that take longest, the longest first: a worker that began one last would be waited for alone. */
export const SLOW_FILES: readonly string[] = [
  "test/cluster/scrape.test.ts",
  "test/cluster/prometheus.test.ts",
  "test/cluster/lease.test.ts",
  "test/admin/page.test.ts",
  "test/compat/compat.test.ts",
  "test/flush/frozen.test.ts",
  "test/shutdown/rolling.test.ts",
  "test/bench/bench.test.ts",
  "test/task/allocators/etcd.test.ts",
  "test/examples/demo-leaving.test.ts",
  "test/task/model/model.test.ts",
  "test/package.test.ts",
  "test/e2e/freeze.test.ts",
  "test/shutdown/ends.test.ts",
  "test/shutdown/signals.test.ts",
  "test/task/housekeeping.test.ts",
  "test/register/register.test.ts",
  "test/task/allocators/postgres.test.ts",
  "test/e2e/store-faults.test.ts",
  "test/bench/fleet.test.ts",
  "test/task/allocators/sqlite/processes.test.ts",
  "test/cluster/numbers.test.ts",
];

/** Vitest's own order, behind the files that take longest. */
export class SlowFirst extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const { root } = this.ctx.config;
    // oxlint-disable-next-line unicorn/no-array-sort -- a sequencer's, which changes nothing in place
    const sorted = await super.sort(specifications);
    return slowFirst(sorted, ({ moduleId }) => relative(root, moduleId));
  }
}

/** Brings the items of slow files to the front, and leaves the others in their order. */
export function slowFirst<T>(items: readonly T[], fileOf: (item: T) => string): T[] {
  const place = (item: T): number => {
    const at = SLOW_FILES.indexOf(fileOf(item));
    return at === -1 ? SLOW_FILES.length : at;
  };
  return items.toSorted((a, b) => place(a) - place(b));
}
