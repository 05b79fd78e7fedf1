import assert from "node:assert/strict";
import { PROBE_PHASES, type ProbeResult } from "../../probe/contract.ts";
import type { ProbeLaw } from "./law.ts";

/** What a result says. */
export const resultLaws: readonly ProbeLaw[] = [
  {
    name: "names its type, its validators and its metrics so that a metric can carry them",
    async run({ probe }) {
      assert.match(probe.type, /^[a-z][a-z0-9_]{0,63}$/);
      const names = [...(probe.validators ?? [])];
      assert.equal(new Set(names).size, names.length, "two validators share a name");
      for (const name of names) assert.ok(name !== "" && name.length <= 255, `validator "${name}"`);
      const metrics = (probe.metrics ?? []).map(({ name }) => name);
      assert.equal(new Set(metrics).size, metrics.length, "two metrics share a name");
    },
  },
  {
    name: "accepts the targets that it probes",
    async run({ probe, healthy, failing }) {
      probe.accepts?.(healthy);
      probe.accepts?.(failing);
    },
  },
  {
    name: "finds a healthy target a success, without an error",
    async run(scene) {
      const result = await scene.passes();
      assert.equal(result.error, undefined);
    },
  },
  {
    name: "says of a target that fails why it does",
    async run(scene) {
      const { success, error } = await scene.ask(scene.failing);
      assert.equal(success, false);
      assert.ok(error instanceof Error, "the failure has no error");
      assert.ok(error.message !== "", "the error says nothing");
    },
  },
  {
    name: "measures times that are real",
    async run(scene) {
      for (const target of [scene.healthy, scene.failing]) times(await scene.ask(target));
    },
  },
  {
    name: "says only what it declared: its validators, and its metrics with their labels",
    async run(scene) {
      const validators = new Set(scene.probe.validators);
      const metrics = new Map((scene.probe.metrics ?? []).map((metric) => [metric.name, metric]));
      for (const target of [scene.healthy, scene.failing]) {
        const result = await scene.ask(target);
        for (const { name, passed } of result.validations ?? []) {
          assert.ok(validators.has(name), `${name} is not among the validators`);
          assert.ok(passed || !result.success, `${name} failed, and the run is a success`);
        }
        for (const { name, value, labels = {} } of result.metrics ?? []) {
          const metric = metrics.get(name);
          assert.ok(metric, `${name} is not among the metrics`);
          assert.ok(Number.isFinite(value), `${name} is ${value}`);
          assert.deepEqual(Object.keys(labels).toSorted(), [...(metric.labels ?? [])].toSorted());
        }
      }
    },
  },
];

function times({ latencyMs, phasesMs = {} }: ProbeResult): void {
  if (latencyMs !== undefined)
    assert.ok(latencyMs >= 0 && Number.isFinite(latencyMs), `${latencyMs} ms`);
  for (const [phase, ms] of Object.entries(phasesMs)) {
    assert.ok((PROBE_PHASES as readonly string[]).includes(phase), `there is no phase ${phase}`);
    assert.ok(ms >= 0 && Number.isFinite(ms), `${phase} took ${ms} ms`);
  }
  const total = Object.values(phasesMs).reduce((sum, ms) => sum + ms, 0);
  assert.ok(total <= (latencyMs ?? Infinity) + 1, `phases of ${total} ms in ${latencyMs} ms`);
}
