import { tableLines } from "../../shared/table.ts";
import { textWidth } from "../../shared/text-width.ts";
import type { Row } from "./row.ts";
import { shown } from "./shown.ts";

interface Column {
  readonly title: string;
  readonly cell: (row: Row) => string;
  readonly isNumber?: boolean;
}

/** How the table is shown. */
export interface View {
  /** The maximum width; Infinity without a limit. */
  readonly columns: number;
  /** Whether trouble is coloured. It is also written as a word. */
  readonly color: boolean;
}

const STATE: Column = { title: "STATE", cell: ({ state }) => state };
const AT: Column = { title: "PROCESS", cell: ({ at }) => shown(at) };
const NUMBER: Column = {
  ...{ title: "TASK", isNumber: true },
  cell: ({ number }) => (number === null ? "-" : String(number)),
};
const LEASE: Column = { ...{ title: "LEASE", isNumber: true }, cell: ({ leaseS }) => age(leaseS) };
const RATE: Column = {
  ...{ title: "REQ/S", isNumber: true },
  cell: ({ requestsPerSecond }) => rounded(requestsPerSecond),
};
const ERRORS: Column = {
  ...{ title: "ERRORS", isNumber: true },
  cell: ({ errorRatio }) => (errorRatio === null ? "-" : `${rounded(errorRatio * 100)}%`),
};
const P99: Column = {
  ...{ title: "P99", isNumber: true },
  cell: ({ p99S }) => (p99S === null ? "-" : duration(p99S)),
};
const HEALTH: Column = { title: "HEALTH", cell: ({ health }) => health ?? "-" };
const EXPORTS: Column = { title: "EXPORTS", cell: exportsCell };
const SERVICE: Column = { title: "SERVICE", cell: ({ service }) => shown(service ?? "-") };
const NOTE: Column = {
  title: "",
  cell: ({ error, ailing }) => shown(error ?? ailing.join(", ")),
};

/** Sets of columns, the widest first; the first one that fits is shown. */
const LAYOUTS: readonly (readonly Column[])[] = [
  [STATE, SERVICE, AT, NUMBER, LEASE, RATE, ERRORS, P99, HEALTH, EXPORTS, NOTE],
  [STATE, AT, NUMBER, LEASE, RATE, ERRORS, P99, HEALTH, EXPORTS, NOTE],
  [STATE, AT, NUMBER, LEASE, RATE, ERRORS, P99, HEALTH, EXPORTS],
  [STATE, AT, NUMBER, RATE, ERRORS, P99, HEALTH],
  [STATE, AT, NUMBER, HEALTH],
  [STATE, AT],
];

/** The rows as a table that is no wider than the terminal. */
export function render(rows: readonly Row[], { columns, color }: View): string[] {
  let lines: string[] = [];
  for (const layout of LAYOUTS) {
    lines = tableLines(
      [layout.map(({ title }) => title), ...rows.map((row) => layout.map(({ cell }) => cell(row)))],
      layout.map(({ isNumber }) => (isNumber === true ? "right" : "left")),
    );
    if (lines.every((line) => textWidth(line) <= columns)) break;
  }
  return lines.map((line, at) => {
    const fitting = cut(line, columns);
    return color && at > 0 ? painted(fitting, rows[at - 1]!) : fitting;
  });
}

/** Whether the process needs attention. */
export function isAiling({ state, health, exports }: Row): boolean {
  return state === "down" || state === "expired" || health === "fail" || exports === "failing";
}

function painted(line: string, row: Row): string {
  const code = isAiling(row) ? 31 : row.health === "warn" ? 33 : 32;
  return line.replace(row.state, `\u001B[${code}m${row.state}\u001B[0m`);
}

function cut(line: string, columns: number): string {
  if (textWidth(line) <= columns) return line;
  let kept = "";
  for (const character of line) {
    if (textWidth(kept + character) > columns - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

function exportsCell({ exports, lastExportAgeS }: Row): string {
  if (exports === null || exports === "none") return "-";
  return lastExportAgeS === null ? exports : `${exports} ${age(lastExportAgeS)} ago`;
}

function age(seconds: number | null): string {
  if (seconds === null || Number.isNaN(seconds)) return "-";
  if (seconds < 0) return "over";
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}

function duration(seconds: number): string {
  return seconds < 1 ? `${rounded(seconds * 1_000)} ms` : `${rounded(seconds)} s`;
}

function rounded(value: number | null): string {
  if (value === null) return "-";
  return value >= 10 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(1);
}
