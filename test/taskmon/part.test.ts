import { expect, it } from "vitest";
import { type Part, PartList } from "../../src/taskmon/part.ts";
import { DEFAULT_SETTINGS } from "../../src/settings/settings.ts";

/** A part that says what it is told. */
function part(name: string, told: string[]): Part {
  const note = (what: string) => (): void => void told.push(`${name} ${what}`);
  return {
    name,
    start: note("start"),
    apply: note("apply"),
    pause: note("pause"),
    resume: note("resume"),
    close: note("close"),
    shutdownSteps: [{ name: `the end of ${name}`, run: note("end") }],
    status: () => `${name} is well`,
  };
}

it("tells every part in the order of the list", () => {
  const told: string[] = [];
  const list = new PartList([part("a", told), part("b", told)]);

  list.start();
  list.apply({ ...DEFAULT_SETTINGS, enabled: false });
  list.apply(DEFAULT_SETTINGS);
  list.close();

  expect(told).toEqual([
    ...["a start", "b start"],
    ...["a apply", "a pause", "b apply", "b pause"],
    ...["a apply", "a resume", "b apply", "b resume"],
    ...["a close", "b close"],
  ]);
  expect(list.shutdownSteps.map(({ name }) => name)).toEqual(["the end of a", "the end of b"]);
});

it("passes over what a part leaves out", () => {
  const list = new PartList([{ name: "quiet" }, part("a", [])]);

  list.start();
  list.pause();
  list.resume();
  list.close();

  expect(list.status()).toEqual({ a: "a is well" });
  expect(list.shutdownSteps).toHaveLength(1);
});
