import assert from "node:assert/strict";
import type { Target } from "../../task/target.ts";
import { TARGET, type Law } from "./law.ts";

const { region: _, ...withoutRegion } = TARGET;

/** Targets that share nothing with {@link TARGET}, wherever numbers are unique. */
const OTHERS: readonly Target[] = [
  { ...TARGET, serviceName: "billing" },
  { ...TARGET, jobName: "worker" },
  { ...TARGET, region: "us-east-1" },
  withoutRegion,
  // Texts that run together where an allocator joins them without care.
  { ...TARGET, serviceName: "checkout|web", jobName: "" },
  { ...TARGET, serviceName: "checkout:web:eu-west-1", jobName: "web" },
  { ...TARGET, serviceName: "Bücher & 書籍/'\"%{}*?" },
];

/** What keeps targets apart. */
export const targetLaws: readonly Law[] = [
  {
    name: "keeps targets of other names, jobs and regions apart",
    async run(scene) {
      await scene.grantedEach(["a", "b"]);
      for (const [index, target] of OTHERS.entries()) {
        assert.equal((await scene.granted(`other-${index}`, { target })).num, 0);
      }
      // The same instance id elsewhere is another instance.
      assert.equal((await scene.granted("a", { target: OTHERS[0]! })).num, 1);
      assert.equal((await scene.granted("c")).num, 2);
    },
  },
  {
    name: "keeps hosts apart where its scope is a host or a process, and together in a fleet",
    async run(scene) {
      await scene.granted("a");
      const { num } = await scene.granted("b", { target: { ...TARGET, hostName: "host-b" } });
      assert.equal(num, scene.allocator.scope === "fleet" ? 1 : 0);
    },
  },
];
