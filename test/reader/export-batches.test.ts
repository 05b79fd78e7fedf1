import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type BatchOutcome,
  type ExportEnd,
  ExportBatches,
} from "../../src/reader/export-batches.ts";

function batchesOf(points: number): { exported: ExportBatches; ends: ExportEnd[] } {
  const ends: ExportEnd[] = [];
  return { ends, exported: new ExportBatches(points, (end) => ends.push(end)) };
}

describe("an export", () => {
  it("is a success when all its batches are, and takes from the first to the last", () => {
    const { exported, ends } = batchesOf(5);
    exported.begin(100);
    exported.end({ outcome: "success", points: 3 }, 130);
    expect(ends).toEqual([]);
    exported.begin(150);
    exported.end({ outcome: "success", points: 2, rejected: 1 }, 200);
    expect(ends).toEqual([
      {
        outcome: "success",
        durationMs: 100,
        endedAtMs: 200,
        points: { sent: 4, rejected: 1, failed: 0 },
        error: undefined,
      },
    ]);
  });

  it("is a failure when one of them is, and says what the first one said", () => {
    const { exported, ends } = batchesOf(3);
    for (const error of [undefined, "first", "second"]) {
      exported.begin(0);
      exported.end({ outcome: error === undefined ? "success" : "failure", points: 1, error }, 1);
    }
    expect(ends).toMatchObject([
      { outcome: "failure", points: { sent: 1, failed: 2 }, error: "first" },
    ]);
  });

  it("of which the reader leaves points out ends with the next one, when it had ended", () => {
    const { exported, ends } = batchesOf(9);
    exported.begin(10);
    exported.end({ outcome: "success", points: 2 }, 20);
    exported.close();
    expect(ends).toMatchObject([{ outcome: "success", endedAtMs: 20 }]);
  });

  it("that is overtaken ends with its last batch", () => {
    const { exported, ends } = batchesOf(9);
    exported.begin(10);
    exported.close();
    expect(ends).toEqual([]);
    exported.end({ outcome: "failure", points: 2 }, 90);
    expect(ends).toMatchObject([{ outcome: "failure", durationMs: 80 }]);
  });

  it("of which no batch began is none", () => {
    const { exported, ends } = batchesOf(9);
    exported.close();
    expect(ends).toEqual([]);
  });
});

it("ends once, whatever a reader does, and loses no point that it handed out", () => {
  const batch = fc.record({
    outcome: fc.constantFrom<BatchOutcome["outcome"]>("success", "failure", "held"),
    points: fc.nat(5),
    rejected: fc.nat(7),
  });
  fc.assert(
    fc.property(fc.array(batch), fc.nat(20), fc.nat(30), (batches, extra, closeAfter) => {
      const total = batches.reduce((sum, { points }) => sum + points, 0) + extra;
      const { exported, ends } = batchesOf(total);
      batches.forEach((one, index) => {
        exported.begin(index);
        if (index === closeAfter) exported.close();
        exported.end(one, index + 1);
      });
      exported.close();
      exported.close();
      expect(ends).toHaveLength(batches.length > 0 ? 1 : 0);
      const [end] = ends;
      if (end === undefined || closeAfter < batches.length) return;
      const has = (outcome: string): boolean => batches.some((one) => one.outcome === outcome);
      const { sent, rejected, failed } = end.points;
      const heldBack = batches.reduce(
        (sum, one) => sum + (one.outcome === "held" ? one.points : 0),
        0,
      );
      // Further batches may come after the one with which all points had been seen.
      if (extra > 0) expect(sent + rejected + failed + heldBack).toBe(total - extra);
      expect(end.durationMs).toBeGreaterThanOrEqual(1);
      if (extra > 0) {
        expect(end.outcome).toBe(has("failure") ? "failure" : has("held") ? "held" : "success");
      }
    }),
  );
});
