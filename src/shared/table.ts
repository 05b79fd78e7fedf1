import { textWidth } from "./text-width.ts";

/** How a cell is aligned in its column. */
export type Align = "left" | "right";

/**
 * Rows of texts as lines, each column as wide as its widest cell. The first row has the titles.
 * @param align the alignment of each column; left by default
 */
export function tableLines(
  rows: readonly (readonly string[])[],
  align: readonly Align[] = [],
): string[] {
  const columns = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const widths = Array.from({ length: columns }, (_, column) =>
    rows.reduce((widest, row) => Math.max(widest, textWidth(row[column] ?? "")), 0),
  );
  return rows.map((row) =>
    widths
      .map((width, column) => pad(row[column] ?? "", width, align[column]))
      .join("  ")
      .trimEnd(),
  );
}

function pad(text: string, width: number, align: Align = "left"): string {
  const fill = " ".repeat(width - textWidth(text));
  return align === "left" ? text + fill : fill + text;
}
