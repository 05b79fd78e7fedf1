import { fit, type Line, pad, span, type Tone } from "./text.ts";

/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly width: number;
  readonly align?: "left" | "right";
  cell(row: Row): Line;
}

const GAP = 2;

/** How many columns of the terminal the table takes. */
export function tableWidth(columns: readonly Column<never>[]): number {
  return columns.reduce((sum, column) => sum + column.width + GAP, 0) - GAP;
}

/** The table's lines, the titles first. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): Line[] {
  const line = (cell: (column: Column<Row>) => Line): Line =>
    columns.flatMap((column, index) => [
      ...(index === 0 ? [] : [span(" ".repeat(GAP))]),
      ...pad(fit(cell(column), column.width), column.width, column.align),
    ]);
  return [
    line(({ title }) => [span(title, "faint")]),
    ...rows.map((row) => line((column) => column.cell(row))),
  ];
}

/** The first choice that is narrow enough; the last one where none is. */
export function widest<Row>(
  choices: readonly (readonly Column<Row>[])[],
  columns: number,
): readonly Column<Row>[] {
  return choices.find((choice) => tableWidth(choice) <= columns) ?? choices.at(-1)!;
}

/** A bar of `columns`, filled to `share` of 1. */
export function bar(share: number, columns: number, tone: Tone): Line {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * columns);
  return [span("━".repeat(filled), tone), span("╌".repeat(columns - filled), "faint")];
}
