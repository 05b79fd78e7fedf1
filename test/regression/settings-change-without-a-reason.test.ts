import { expect, it } from "vitest";
import { SettingsStore } from "../../src/settings/settings-store.ts";

it("tells of an update who made it, why, when, and what was and is", () => {
  const events: Record<string, unknown>[] = [];
  const sink = {
    emit: ({ attributes }: { attributes: object }) => void events.push({ ...attributes }),
  };
  const store = new SettingsStore({}, { env: {}, events: sink });
  const changes: unknown[] = [];
  store.on("change", (change) => changes.push(change));
  store.update({ enabled: false }, { who: "ops@example.com", why: "INC-4711" });
  store.update({ enabled: true });
  expect(changes).toEqual([
    {
      ...{ name: "enabled", from: true, to: false },
      ...{ who: "ops@example.com", why: "INC-4711", atMs: expect.any(Number) },
    },
    { name: "enabled", from: false, to: true, who: "code", atMs: expect.any(Number) },
  ]);
  expect(events.map((event) => event["taskmon.setting.reason"])).toEqual(["INC-4711", undefined]);
  for (const why of ["", 5, "x".repeat(1_001)] as string[]) {
    expect(() => store.update({ enabled: false }, { why })).toThrow("update.why");
  }
  expect(store.current.enabled).toBe(true);
});
