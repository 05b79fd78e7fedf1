import type { GoalResult, GroupResult, Row } from "./results.ts";
import type { Spread } from "./spread.ts";

/** A group's result for people: a line for each contender, a column for each figure. */
export function table({ name, note, baseline, rounds, rows }: GroupResult): string {
  const figures = [...new Set(rows.flatMap((row) => Object.keys(row.figures)))];
  const lines = [
    ["", ...figures, ""],
    ...rows.map((row) => [
      row.contender,
      ...figures.map((figure) => cell(row.figures[figure])),
      goals(row),
    ]),
  ];
  const widths = lines[0]!.map((_, column) =>
    Math.max(...lines.map((line) => line[column]!.length)),
  );
  const [first, ...rest] = widths;
  return [
    `\n${name} (beside ${baseline}; medians of ${rounds} rounds, and their middle half)`,
    ...(note === undefined ? [] : [note]),
    ...lines.map((line) =>
      [
        `  ${line[0]!.padEnd(first!)}`,
        ...line.slice(1, -1).map((text, index) => text.padStart(rest[index]!)),
        line.at(-1)!,
      ]
        .join("   ")
        .trimEnd(),
    ),
  ].join("\n");
}

function cell(spread: Spread | undefined): string {
  if (spread === undefined) return "";
  return `${short(spread.median)} (${short(spread.q1)} to ${short(spread.q3)})`;
}

function goals(row: Row): string {
  return row.goals.map(goal).join("; ");
}

function goal({ figure, atLeast, atMost, met }: GoalResult): string {
  const bound = atLeast === undefined ? `<= ${atMost}` : `>= ${atLeast}`;
  return `goal ${bound} ${figure}: ${met ? "met" : "NOT MET"}`;
}

/** Three digits that count, and no more than that. */
function short(value: number): string {
  if (Math.abs(value) < 0.005) return "0";
  return Math.abs(value) >= 100
    ? Math.round(value).toLocaleString("en")
    : String(Number(value.toPrecision(3)));
}
