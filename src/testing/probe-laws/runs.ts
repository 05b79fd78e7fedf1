import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import type { ProbeLaw } from "./law.ts";

/** How runs begin and end. */
export const runLaws: readonly ProbeLaw[] = [
  {
    name: "serves several targets, and several runs, at one time",
    async run(scene) {
      const { healthy, failing } = scene;
      const targets = [healthy, failing, healthy, failing, healthy];
      const results = await Promise.all(targets.map((target) => scene.ask(target)));
      assert.deepEqual(
        results.map(({ success }) => success),
        targets.map((target) => target === healthy),
      );
    },
  },
  {
    name: "ends soon after its signal aborts, as a failure",
    async run(scene) {
      const controller = new AbortController();
      const run = scene.ask(scene.silent, controller.signal);
      await new Promise((resolve) => setTimeout(resolve, 50));
      controller.abort(new Error("enough"));
      const { success, error } = await scene.soon(run, "A run whose signal had aborted");
      assert.equal(success, false);
      assert.ok(error instanceof Error);
    },
  },
  {
    name: "begins nothing where its signal has aborted",
    async run(scene) {
      const aborted = AbortSignal.abort(new Error("too late"));
      const { success } = await scene.soon(scene.ask(scene.healthy, aborted), "A run under it");
      assert.equal(success, false);
    },
  },
  {
    name: "leaves nothing behind: no socket, no timer, no process",
    async run(scene) {
      await scene.leavesNothing(async () => {
        await scene.passes();
        await scene.ask(scene.failing);
        await scene.probe.close?.();
      });
    },
  },
  {
    name: "leaves nothing behind of a run that was aborted",
    async run(scene) {
      await scene.leavesNothing(async () => {
        const controller = new AbortController();
        const run = scene.ask(scene.silent, controller.signal);
        await new Promise((resolve) => setTimeout(resolve, 50));
        controller.abort(new Error("enough"));
        await scene.soon(run, "A run whose signal had aborted");
        await scene.probe.close?.();
      });
    },
  },
  {
    name: "leaves no listener on its signal",
    async run(scene) {
      const { signal } = new AbortController();
      for (const target of [scene.healthy, scene.failing]) {
        await scene.ask(target, signal);
        assert.equal(getEventListeners(signal, "abort").length, 0);
      }
    },
  },
  {
    name: "runs again after it has let go of a target, or of all",
    async run(scene) {
      await scene.passes();
      await scene.probe.close?.(scene.healthy);
      await scene.passes();
      await scene.probe.close?.();
      await scene.passes();
      await scene.probe.close?.();
    },
  },
];
