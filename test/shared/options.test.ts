import { expect, it } from "vitest";
import { describe as describeValue, InvalidOptionError } from "../../src/shared/errors.ts";
import {
  booleanOption,
  choiceOption,
  integerOption,
  methodsOption,
  numberOption,
  optionsObject,
  textOption,
} from "../../src/shared/options.ts";

const bounds = { min: 1, max: 10, default: 5 };

it("says what was expected and what it got", () => {
  expect(() => numberOption("lease.leaseMs", 11, bounds)).toThrow(
    "Option lease.leaseMs must be a number from 1 to 10, got 11",
  );
  expect(() => numberOption("lease.leaseMs", "5", bounds)).toThrow('got "5"');
  expect(() => numberOption("lease.leaseMs", Number.NaN, bounds)).toThrow(InvalidOptionError);
});

it("gives an error that programs can read", () => {
  const thrown = catchError(() => textOption("target.serviceName", "  "));
  expect(thrown).toMatchObject({
    code: "ERR_TASKMON_INVALID_OPTION",
    option: "target.serviceName",
    name: "InvalidOptionError",
  });
});

it("takes the default where an option is left out", () => {
  expect(numberOption("n", undefined, bounds)).toBe(5);
  expect(booleanOption("b", undefined, true)).toBe(true);
  expect(choiceOption("c", undefined, ["x", "y"])).toBe("x");
  expect(optionsObject("o", undefined, [])).toEqual({});
});

it("refuses a fraction where a whole number is asked for", () => {
  expect(() => integerOption("n", 1.5, bounds)).toThrow("a whole number from 1 to 10, got 1.5");
});

it("refuses keys that nobody reads", () => {
  expect(() => optionsObject<{ a?: number }>("o", { b: 1 } as object, ["a"])).toThrow(
    'Option o.b must be one of a, got "b"',
  );
});

it("refuses what is no object, no choice, no text, no boolean", () => {
  expect(() => optionsObject("o", null as unknown as object, [])).toThrow("an object, got null");
  expect(() => optionsObject("o", [] as object, [])).toThrow("an object, got an array of 0");
  expect(() => choiceOption("c", "z", ["x", "y"])).toThrow('one of x, y, got "z"');
  expect(() => textOption("t", "a\nb")).toThrow("without control characters");
  expect(() => textOption("t", "x".repeat(256))).toThrow("at most 255 characters");
  expect(() => booleanOption("b", 1, false)).toThrow("true or false, got 1");
});

it("names the method that is missing", () => {
  expect(() => methodsOption("reader", {} as { collect(): void }, ["collect"])).toThrow(
    "Option reader must be an object with a method collect(), got an object",
  );
  expect(() => methodsOption("reader", null as unknown as { a(): void }, ["a"])).toThrow(
    "got null",
  );
});

it("describes any value in a bounded text", () => {
  expect(describeValue("x".repeat(10_000)).length).toBeLessThan(90);
  expect(describeValue(Symbol("s"))).toBe("a symbol");
  expect(describeValue(10n)).toBe("10n");
});

function catchError(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
