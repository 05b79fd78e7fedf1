import { it } from "vitest";
import { Health } from "../../src/health/index.ts";

const health = new Health();
const check = (): void => {};
const dependency = Object.assign(check, { scope: "dependency" as const });
const process = Object.assign(() => {}, { scope: "process" as const });

it("takes any check into groups other than liveness", () => {
  health.register("a", check);
  health.register("a", async ({ signal }) => signal.throwIfAborted());
  health.register("a", check, { groups: ["readiness", "billing"] });
  health.register("a", dependency, { intervalMs: 1, groups: ["startup"] });
});

it("takes only checks of the process into liveness", () => {
  health.register("a", check, { groups: ["liveness"], scope: "process" });
  health.register("a", process, { groups: ["liveness", "readiness"] });
  // @ts-expect-error -- its scope is not said
  health.register("a", check, { groups: ["liveness"] });
  // @ts-expect-error -- it looks further
  health.register("a", check, { groups: ["readiness", "liveness"], scope: "dependency" });
  // @ts-expect-error -- it says of itself that it looks further
  health.register("a", dependency, { groups: ["liveness"] });
  // @ts-expect-error -- also where the options say otherwise
  health.register("a", dependency, { groups: ["liveness"], scope: "process" });
});

it("refuses what is no check", () => {
  // @ts-expect-error -- a row is no answer
  health.register("a", async () => [{ one: 1 }]);
  // @ts-expect-error -- no such status
  health.register("a", () => ({ status: "great" }));
});
