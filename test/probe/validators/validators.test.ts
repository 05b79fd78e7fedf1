import fc from "fast-check";
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Observation, ProbeContext, Validator } from "../../../src/probe/contract.ts";
import { bodyValidator } from "../../../src/probe/validators/body.ts";
import { certificateValidator } from "../../../src/probe/validators/certificate.ts";
import { digestValidator } from "../../../src/probe/validators/digest.ts";
import { isHarmless } from "../../../src/probe/validators/harmless.ts";
import { headerValidator } from "../../../src/probe/validators/header.ts";
import { jsonPath, valueAt } from "../../../src/probe/validators/json-path.ts";
import { jsonValidator } from "../../../src/probe/validators/json.ts";
import { lastModifiedValidator } from "../../../src/probe/validators/last-modified.ts";
import { latencyValidator } from "../../../src/probe/validators/latency.ts";
import { matches } from "../../../src/probe/validators/pattern.ts";
import { repeatsValidator } from "../../../src/probe/validators/repeats.ts";
import { type StatusRange, statusValidator } from "../../../src/probe/validators/status.ts";
import {
  failedValidation,
  validateAll,
  validatorsOption,
} from "../../../src/probe/validators/validate.ts";
import { manualClock } from "../../../src/testing/manual-clock.ts";

const clock = manualClock();
const context: ProbeContext = { signal: new AbortController().signal, clock, timeoutMs: 1_000 };

async function judge(
  validator: Validator,
  seen: Partial<Observation>,
): Promise<string | undefined> {
  const [validation] = await validateAll([validator], { latencyMs: 1, ...seen }, context);
  return validation!.passed ? undefined : validation!.reason;
}

const body = (text: string): Partial<Observation> => ({ body: Buffer.from(text) });

describe("status", () => {
  it.each<[StatusRange[], number, boolean]>([
    [["2xx"], 204, true],
    [["2xx"], 301, false],
    [[200, "301-303"], 302, true],
    [[200, "301-303"], 304, false],
    [["404"], 404, true],
  ])("%j judges %i", async (ranges, statusCode, passes) => {
    expect((await judge(statusValidator(...ranges), { statusCode })) === undefined).toBe(passes);
  });

  it("fails where there is none, and refuses what is no range", async () => {
    expect(await judge(statusValidator("2xx"), {})).toBe("there is no status code");
    for (const wrong of ["6xx", "20", "300-200", "x", {}]) {
      expect(() => statusValidator(wrong as never)).toThrow(/status/);
    }
    expect(() => statusValidator()).toThrow(/at least one/);
  });
});

describe("header", () => {
  const headers = { "content-type": "text/plain", "x-list": "a, b" };

  it("is found in any spelling", async () => {
    expect(
      await judge(headerValidator("Content-TYPE", { matches: /^text/ }), { headers }),
    ).toBeUndefined();
    expect(await judge(headerValidator("x-list", { notMatches: /b/ }), { headers })).toMatch(
      /matches/,
    );
    expect(await judge(headerValidator("x-list", { matches: /c/ }), { headers })).toMatch(
      /does not match/,
    );
  });

  it("must be there, unless it may be missing", async () => {
    expect(await judge(headerValidator("X-None"), { headers })).toBe("there is no header x-none");
    expect(await judge(headerValidator("constructor"), { headers })).toMatch(/no header/);
    const lenient = headerValidator("X-None", { matches: /x/, allowMissing: true });
    expect(await judge(lenient, { headers })).toBeUndefined();
    expect(() => headerValidator("a b")).toThrow(/the name of a header/);
  });
});

it("judges the age of Last-Modified", async () => {
  const validator = lastModifiedValidator({ maxAgeMs: 60_000 });
  const at = (agoMs: number): Partial<Observation> => ({
    headers: { "last-modified": new Date(clock.wallTime() - agoMs).toUTCString() },
  });
  expect(await judge(validator, at(59_000))).toBeUndefined();
  expect(await judge(validator, at(61_000))).toBe("it was modified 61 s ago, more than 60 s");
  expect(await judge(validator, { headers: { "last-modified": "soon" } })).toBe(
    '"soon" is not a date',
  );
  expect(await judge(validator, {})).toBe("there is no header last-modified");
  expect(() => lastModifiedValidator({} as never)).toThrow(/maxAgeMs/);
});

describe("body", () => {
  it("matches patterns and holds texts", async () => {
    const validator = bodyValidator({ matches: /ok$/, notMatches: /error/i, includes: "is" });
    expect(await judge(validator, body("all is ok"))).toBeUndefined();
    expect(await judge(validator, body("all was ok"))).toBe('the body does not contain "is"');
    expect(await judge(validator, body("all is well"))).toMatch(/does not match/);
    expect(await judge(validator, body("Error is ok"))).toMatch(/matches/);
    expect(await judge(validator, {})).toBe("there is no body");
    expect(() => bodyValidator({})).toThrow(/one of matches/);
  });

  it("fails a pattern that backtracks without end, soon, and judges the next", async () => {
    const hostile = bodyValidator({ matches: /^(a|a)*$/ });
    expect(await judge(hostile, body(`${"a".repeat(50)}!`))).toMatch(
      /threw: .* was stopped after 20 ms/,
    );
    expect(await judge(hostile, body("aaa"))).toBeUndefined();
  });

  it("matches what RegExp matches, watched or not, whatever the flags", () => {
    const text = fc.string({ maxLength: 30 });
    const pattern = fc.constantFrom(/a/g, /^\s*$/y, /[\w-]+@x/i, /(?<k>b)?c/, /a{2,}b/, /(x+)y/u);
    fc.assert(
      fc.property(pattern, text, fc.boolean(), (regex, some, long) => {
        const whole = long ? some + "z".repeat(2_001) : some;
        const expected = new RegExp(regex.source, regex.flags).test(whole);
        expect(matches(regex, whole, 10_000)).toBe(expected);
        expect(matches(regex, whole, 10_000)).toBe(expected);
      }),
    );
  });

  it.each<[RegExp, boolean]>([
    [/^ready$/, true],
    [/[^*]+x/, true],
    [/\*\+(?:ab)?/, true],
    [/a+b+/, false],
    [/(a|b)*/, false],
    [/(ab)+/, false],
    [/a{1,9}/, false],
    [/(a)\1/, false],
    [/a?b?c?d?/, false],
  ])("takes %s for harmless: %s", (pattern, harmless) => {
    expect(isHarmless(pattern)).toBe(harmless);
  });
});

describe("JSON", () => {
  const doc = body(
    JSON.stringify({ status: "ok", items: [{ id: 7 }], "odd key": { n: null }, on: false }),
  );

  it.each<[Parameters<typeof jsonValidator>[0], string | undefined]>([
    [undefined, undefined],
    [{ path: "status", equals: "ok" }, undefined],
    [{ path: "status", equals: "up" }, 'status is "ok", expected "up"'],
    [{ path: "items[0].id", equals: 7 }, undefined],
    [{ path: "items", equals: [{ id: 7 }] }, undefined],
    [{ path: "items[1]" }, "there is no items[1]"],
    [{ path: '["odd key"].n', equals: null }, undefined],
    [{ path: "on", equals: false }, undefined],
    [{ path: "on", test: (value) => value === true }, "on is false, which test rejects"],
    [{ path: "status", matches: /^o/ }, undefined],
    [{ path: "items[0].id", matches: /^8/ }, "items[0].id is 7, which does not match /^8/"],
    [{ path: "constructor.name" }, "there is no constructor.name"],
    [{ path: "items.length" }, undefined],
  ])("%j", async (options, reason) => {
    expect(await judge(jsonValidator(options), doc)).toBe(reason);
  });

  it("fails what is not JSON, was cut, or is not there", async () => {
    expect(await judge(jsonValidator(), body("<html>"))).toBe("the body is not JSON");
    expect(await judge(jsonValidator(), { ...doc, bodyTruncated: true })).toMatch(/was cut/);
    expect(await judge(jsonValidator(), {})).toBe("there is no body");
  });

  it("asks a Standard Schema, sync or async", async () => {
    const schema = (issues?: object[]) => ({
      "~standard": { version: 1, vendor: "x", validate: async () => ({ issues }) },
    });
    expect(await judge(jsonValidator({ schema: schema() as never }), doc)).toBeUndefined();
    const issues = [
      { message: "expected number", path: ["items", { key: 0 }, "id"] },
      { message: "bad" },
    ];
    const refused = jsonValidator({ schema: schema(issues) as never });
    expect(await judge(refused, doc)).toBe("items.0.id: expected number; bad");
    expect(() => jsonValidator({ schema: {} as never })).toThrow(/a Standard Schema/);
  });

  it("finds by path what was put there, and refuses what is no path", () => {
    const key = fc.string({ minLength: 1 }).filter((name) => name !== "__proto__");
    fc.assert(
      fc.property(fc.array(fc.oneof(key, fc.nat(3)), { minLength: 1, maxLength: 5 }), (steps) => {
        const path = steps
          .map((step) => (typeof step === "number" ? `[${step}]` : `[${JSON.stringify(step)}]`))
          .join("");
        const value = steps.reduceRight<unknown>((inner, step) => {
          return typeof step === "number"
            ? [...Array.from({ length: step }), inner]
            : { [step]: inner };
        }, "here");
        expect(valueAt(value, jsonPath(path))).toBe("here");
      }),
    );
    for (const wrong of ["", "a..b", "a[", "[x]", 'a["b', "a]"])
      expect(() => jsonPath(wrong)).toThrow(/path/);
  });
});

it("judges the digest of the body, in hex and as integrity has it", async () => {
  const hash = (algorithm: string, encoding: "hex" | "base64"): string =>
    createHash(algorithm).update("hello").digest(encoding);
  for (const digest of [`sha256:${hash("sha256", "hex")}`, `sha384-${hash("sha384", "base64")}`]) {
    expect(await judge(digestValidator(digest), body("hello"))).toBeUndefined();
    expect(await judge(digestValidator(digest), body("hallo"))).toMatch(/the body's digest is sha/);
    expect(await judge(digestValidator(digest), { ...body("hello"), bodyTruncated: true })).toMatch(
      /cut/,
    );
  }
  for (const wrong of ["sha256:abc", "crc32:00000000", "nothing"]) {
    expect(() => digestValidator(wrong)).toThrow(/digest/);
  }
});

it("judges a body that repeats a text", async () => {
  const validator = repeatsValidator("abc");
  expect(await judge(validator, body("abcabcab"))).toBeUndefined();
  expect(await judge(validator, body("abcabdab"))).toBe("the body differs at byte 5");
  expect(await judge(validator, body(""))).toBe("there is no body");
});

it("judges how long certificates are valid, of the whole chain", async () => {
  const validator = certificateValidator({ minLifetimeMs: 10 * 86_400_000 });
  const inDays = (days: number): number => clock.wallTime() + days * 86_400_000;
  expect(await judge(validator, { certificate: { leafNotAfterMs: inDays(11) } })).toBeUndefined();
  const chain = { leafNotAfterMs: inDays(11), chainNotAfterMs: inDays(2) };
  expect(await judge(validator, { certificate: chain })).toBe(
    "a certificate expires in 2 days, less than 10 days",
  );
  expect(await judge(validator, {})).toBe("there is no certificate");
});

it("judges latency, its bound inclusive", async () => {
  const validator = latencyValidator({ maxMs: 100 });
  expect(await judge(validator, { latencyMs: 100 })).toBeUndefined();
  expect(await judge(validator, { latencyMs: 101 })).toBe("took 101 ms, more than 100");
});

describe("a validator of your own", () => {
  const answering = (name: string, validate: () => unknown): Validator => ({
    name,
    validate: validate as never,
  });

  it("fails by throwing, rejecting or answering rubbish, and never passes by that", async () => {
    const validators = [
      answering("throws", () => {
        throw new Error("no");
      }),
      answering("rejects", () => Promise.reject(new TypeError("never"))),
      answering("says true", () => true),
      answering("says nothing", () => undefined),
      answering("says an empty text", () => ""),
    ];
    const validations = await validateAll(validators, { latencyMs: 1 }, context);
    expect(validations).toEqual([
      { name: "throws", passed: false, reason: "threw: no" },
      { name: "rejects", passed: false, reason: "threw: never" },
      { name: "says true", passed: false, reason: "returned neither a text nor undefined" },
      { name: "says nothing", passed: true },
      { name: "says an empty text", passed: false, reason: "failed" },
    ]);
    expect(failedValidation(validations)?.type).toBe("validation_failed");
    expect(failedValidation([])).toBeUndefined();
  });

  it("fails where it has not ended in time", async () => {
    const signal = AbortSignal.timeout(20);
    const never = answering("never", () => new Promise(() => undefined));
    const [validation] = await validateAll([never], { latencyMs: 1 }, { ...context, signal });
    expect(validation).toEqual({ name: "never", passed: false, reason: "did not end in time" });
  });

  it("has a name that no other has", () => {
    const one = answering("one", () => undefined);
    expect(() => validatorsOption("v", [one, one])).toThrow(/v\[1\].name/);
    expect(() => validatorsOption("v", [{ name: "x" }])).toThrow(/v\[0\]/);
    expect(() => validatorsOption("v", "x")).toThrow(/an array/);
  });
});
