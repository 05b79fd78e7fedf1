import type { StateValue } from "../dashboard/panels.ts";

/** A colour for each state; the state's name is always shown beside it. */
export const STATE_COLORS: Readonly<Record<string, StateValue["color"]>> = {
  ...{ pass: "green", up: "green", warn: "yellow", fail: "red", down: "red" },
  ...{ unknown: "purple", paused: "gray", maintenance: "blue", explained: "yellow" },
};

/** The states by their places in the list, from 1 on. */
export function numbered(
  states: readonly string[],
  colors: Readonly<Record<string, StateValue["color"]>>,
): StateValue[] {
  return states.map((text, at) => ({ value: at + 1, text, color: colors[text] ?? "gray" }));
}
