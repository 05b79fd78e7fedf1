import fc from "fast-check";
import { expect, it } from "vitest";
import { HEARD, nextSpell, type Spell, type SpellEvent } from "../../src/reader/silence.ts";
import { SILENT_AFTER } from "../../src/shared/silence.ts";

function after(...events: SpellEvent[]): Spell {
  return events.reduce(nextSpell, HEARD);
}

const intervals = (count: number): SpellEvent[] => Array.from({ length: count }, () => "interval");

it("begins with the fifth interval without a success, and ends with the next one", () => {
  expect(after(...intervals(4)).isSilent).toBe(false);
  expect(after(...intervals(5)).isSilent).toBe(true);
  expect(after(...intervals(4), "success", ...intervals(4)).isSilent).toBe(false);
  expect(after(...intervals(9), "failure").isSilent).toBe(true);
  expect(after(...intervals(9), "success")).toEqual(HEARD);
});

it("does not begin when a stopped process goes on, but when it then fails or keeps silent", () => {
  expect(after(...intervals(4), "late_interval").isSilent).toBe(false);
  expect(after(...intervals(4), "late_interval", "success").isSilent).toBe(false);
  expect(after(...intervals(4), "late_interval", "failure").isSilent).toBe(true);
  expect(after(...intervals(4), "late_interval", "interval").isSilent).toBe(true);
  // One that gets time only now and then, and fails each time.
  const now = Array.from({ length: 5 }, (): SpellEvent[] => ["late_interval", "failure"]);
  expect(after(...now.flat()).isSilent).toBe(true);
});

it("counts whole intervals only from when somebody waits", () => {
  expect(after(...intervals(9), "unwatched").isSilent).toBe(false);
  // Of the interval after it was off for a part of it.
  expect(after("unwatched", ...intervals(5)).isSilent).toBe(false);
  expect(after("unwatched", ...intervals(6)).isSilent).toBe(true);
});

it("takes, in any order of events, five intervals since the last success", () => {
  const event = fc.constantFrom<SpellEvent>(
    ...(["success", "failure", "interval", "late_interval", "unwatched"] as const),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      let spell: Spell = HEARD;
      let passed = 0;
      for (const one of events) {
        const before = spell;
        spell = nextSpell(spell, one);
        if (one === "success" || one === "unwatched") passed = 0;
        if (one === "interval" || one === "late_interval") passed += 1;
        if (spell.isSilent) expect(passed).toBeGreaterThanOrEqual(SILENT_AFTER);
        // Nothing ends a spell but a success, or that nobody waits any more.
        if (before.isSilent && passed > 0) expect(spell.isSilent).toBe(true);
        // Two intervals more than it takes leave no doubt.
        if (passed >= SILENT_AFTER + 2 && one === "interval") expect(spell.isSilent).toBe(true);
      }
    }),
  );
});
