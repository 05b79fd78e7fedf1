import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as app from "../../../src/app/index.ts";

const { AppError, BUG, bug, defineError, errorFromJson, errorToJson, isError } = app;

const declined = defineError({ id: "0x51", name: "PaymentDeclined", severity: "low" });

describe("an AppError", () => {
  it("has the message given, else its cause's, else the name of its kind", () => {
    expect(new AppError(declined, { message: "no funds", cause: new Error("x") }).message).toBe(
      "no funds",
    );
    expect(new AppError(declined, { cause: new Error("x") }).message).toBe("x");
    expect(new AppError(declined).message).toBe("PaymentDeclined");
    expect(new AppError(declined).name).toBe("PaymentDeclined");
  });

  it("sorts its tags, keeps each once, and leaves the caller's list alone", () => {
    const tags = ["ui", "db", "ui"];
    const error = new AppError(declined, { tags });
    expect(error.tags).toEqual(["db", "ui"]);
    expect(tags).toEqual(["ui", "db", "ui"]);
    expect(Object.isFrozen(error.tags)).toBe(true);
  });

  it("gets another tag as a new error, with its stack and an id of its own", () => {
    const error = new AppError(declined, { context: { order: 7 }, service: 9n });
    const tagged = error.withTag("db");
    expect(tagged.tags).toEqual(["db"]);
    expect(error.tags).toEqual([]);
    expect(tagged.uid).not.toBe(error.uid);
    expect(tagged).toMatchObject({ stack: error.stack, context: { order: 7 }, service: 9n });
  });

  it("has a fingerprint that says where it was made, and neither what nor when", () => {
    const at = (message: string): string => new AppError(declined, { message }).fingerprint;
    function elsewhere(): string {
      return new AppError(declined).fingerprint;
    }
    expect(at("order 1")).toBe(at("order 2"));
    expect(elsewhere()).not.toBe(at("order 1"));
    expect(bug(new TypeError("x")).fingerprint).not.toBe(bug(new RangeError("x")).fingerprint);
  });

  it.each([
    [{ id: -1n, name: "x" }, "error.id"],
    [{ id: 5 as never, name: "x" }, "error.id"],
    [{ id: 5n, name: "" }, "error.name"],
    [{ id: 5n, name: "x", severity: "awful" as never }, "error.severity"],
  ])("refuses the kind %o", (input, option) => {
    expect(() => defineError(input)).toThrow(option);
  });
});

describe("isError", () => {
  it("looks through causes and the errors of an AggregateError", () => {
    const inner = new AppError(declined);
    const wrapped = new Error("outer", { cause: new AggregateError([new Error("a"), inner]) });
    expect(isError(wrapped, declined)).toBe(true);
    expect(isError(wrapped, BUG)).toBe(false);
    expect(isError(null, declined)).toBe(false);
    expect(isError(undefined, declined)).toBe(false);
  });

  it("comes to an end where an error is its own cause", () => {
    const error = new Error("round");
    error.cause = error;
    expect(isError(error, declined)).toBe(false);
  });
});

describe("the JSON form", () => {
  it("gives back what it was made of", () => {
    const texts = fc
      .string({ minLength: 1, maxLength: 20 })
      .filter((text) => /^[ -~]*[!-~][ -~]*$/.test(text));
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        texts,
        fc.array(texts, { maxLength: 4 }),
        fc.jsonValue(),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        (id, message, tags, context, service) => {
          const spec = defineError({ id, name: "Any", type: "config", severity: "fatal" });
          const cause = new AppError(declined, { cause: new TypeError("deep") });
          const error = new AppError(spec, { message, tags, context, service, cause });
          const text = JSON.stringify(errorToJson(error));
          const back = errorFromJson(JSON.parse(text));
          expect(JSON.stringify(errorToJson(back))).toBe(text);
          expect(back.spec).toEqual(spec);
          expect(isError(back, declined)).toBe(true);
        },
      ),
    );
  });

  it("leaves out what JSON cannot hold", () => {
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    expect(errorToJson(new AppError(declined, { context: circle })).context).toBeUndefined();
    expect(errorToJson(new AppError(declined, { context: { id: 2n ** 60n } })).context).toEqual({
      id: "1152921504606846976",
    });
  });

  it.each([null, 5, "x", {}, { message: "x" }, { message: "x", time: "now" }])(
    "refuses %j",
    (json) => {
      expect(() => errorFromJson(json)).toThrow("error");
    },
  );
});

it("has the sixteen kinds that OysterPack documents, with its ids, types and severities", () => {
  const kinds = Object.values(app).filter(
    (value): value is app.ErrorSpec => typeof value === "object" && "severity" in value,
  );
  expect(
    kinds
      .map(({ name, id, type, severity }) => `${name} ${id.toString(16)} ${type} ${severity}`)
      .toSorted(),
  ).toEqual([
    "AppNotAlive df76e1927f240401 known_edge_case fatal",
    "Bug 0 bug high",
    "ConfigFailure e75f1a73534f382d config fatal",
    "HealthCheckAlreadyRegistered dbfd6d9ab0049876 known_edge_case medium",
    "HealthCheckKillTimeout f4ad6052397f6858 known_edge_case high",
    "HealthCheckNotAlive e1972916f1c18dae known_edge_case high",
    "HealthCheckNotRegistered efb3ffddac690f37 known_edge_case low",
    "HealthCheckTimeout 8257a572526e13f4 known_edge_case high",
    "IllegalArgument 9d95c5fac078b82c known_edge_case high",
    "InvalidLogLevel 814a17666a94fe39 config high",
    "ServiceAlreadyRegistered cfd879a478f9c733 known_edge_case high",
    "ServiceInitFailed ec1bf26105c1a895 known_edge_case fatal",
    "ServiceNotAlive 9cb3a496d32894d2 known_edge_case high",
    "ServiceNotAvailable 8aae12f3016b7f50 known_edge_case high",
    "ServiceNotRegistered f34b64bac786f536 known_edge_case high",
    "ServiceShutdownFailed c24ac892db47da9f known_edge_case medium",
  ]);
});
