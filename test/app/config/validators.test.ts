import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as valibot from "valibot";
import { expect, expectTypeOf, inject, it } from "vitest";
import { z } from "zod";
import {
  type AppError,
  CONFIG_FAILURE,
  createApp,
  isError,
  jsonSchema,
  type StandardSchema,
} from "../../../src/app/index.ts";

interface Mail {
  readonly host: string;
  readonly port: number;
  readonly id: bigint;
}

const byZod = z.object({ host: z.string(), port: z.number().min(1), id: z.bigint() });
const byValibot = valibot.object({
  host: valibot.string(),
  port: valibot.pipe(valibot.number(), valibot.minValue(1)),
  id: valibot.bigint(),
});
const byJsonSchema = await jsonSchema<Mail>({
  type: "object",
  additionalProperties: false,
  required: ["host"],
  properties: {
    host: { type: "string" },
    port: { type: "integer", minimum: 1 },
    id: { type: "integer" },
  },
});

const validators: readonly [string, StandardSchema<Mail>][] = [
  ["zod", byZod],
  ["valibot", byValibot],
  ["JSON Schema", byJsonSchema],
];

async function read<T>(text: string, schema: StandardSchema<T>): Promise<T | undefined> {
  const dir = mkdtempSync(join(inject("testRun").folder, "validators-"));
  writeFileSync(join(dir, "mail.yaml"), text);
  const app = createApp({ config: { dir }, logger: { emit() {} } });
  return app.config.of(5n, "mail").read(schema);
}

async function messageOf(reading: Promise<unknown>): Promise<string> {
  const error: unknown = await reading.catch((reason: unknown) => reason);
  expect(isError(error, CONFIG_FAILURE)).toBe(true);
  return (error as AppError).message;
}

it.each(validators)("takes what is right: %s", async (_, schema) => {
  const config = await read("host: smtp\nport: 587\nid: 18446744073709551615\n", schema);
  expect(config).toEqual({ host: "smtp", port: 587, id: 2n ** 64n - 1n });
});

it("gives numbers for what a number can hold, and bigints beyond", async () => {
  const text = "[1, -9007199254740991, 9007199254740991, 9007199254740992, -9007199254740992, 1.5]";
  const list = await jsonSchema<unknown[]>({ type: "array" });
  expect(await read(text, list)).toEqual([
    ...[1, -(2 ** 53 - 1), 2 ** 53 - 1],
    ...[2n ** 53n, -(2n ** 53n), 1.5],
  ]);
  const coerced = z.object({ small: z.coerce.bigint(), large: z.coerce.bigint() });
  expect(await read("small: 7\nlarge: 18446744073709551615", coerced)).toEqual({
    small: 7n,
    large: 2n ** 64n - 1n,
  });
});

it.each(validators)("says where it is wrong, and never what it says: %s", async (_, schema) => {
  const text = "host: [hunter2]\nport: -42\nid: 18446744073709551615\n";
  const message = await messageOf(read(text, schema));
  expect(message).toContain("/host (mail.yaml:1:7)");
  expect(message).toContain("/port (mail.yaml:2:7)");
  expect(message).not.toMatch(/hunter2|42/);
});

it("types what is read by the schema", () => {
  expectTypeOf(() => read("", byZod)).returns.resolves.toEqualTypeOf<
    { host: string; port: number; id: bigint } | undefined
  >();
  expectTypeOf(() => read("", byValibot)).returns.resolves.toEqualTypeOf<
    { host: string; port: number; id: bigint } | undefined
  >();
  expectTypeOf(() => read("", byJsonSchema)).returns.resolves.toEqualTypeOf<Mail | undefined>();
});

it("says of JSON Schema which key is unknown, and which part lacks one", async () => {
  expect(await messageOf(read("host: a\na/b~c: 1\n", byJsonSchema))).toBe(
    "mail.yaml: wrong at /a~1b~0c (mail.yaml:2:8)",
  );
  expect(await messageOf(read("port: 1\n", byJsonSchema))).toBe(
    "mail.yaml: wrong at the whole (mail.yaml:1:1)",
  );
});

it("knows draft 2020-12", async () => {
  const pair = await jsonSchema({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "array",
    prefixItems: [{ type: "string" }, { type: "integer" }],
    items: false,
    minItems: 2,
  });
  expect(await read("[a, 1]", pair)).toEqual(["a", 1]);
  expect(await messageOf(read("[a, b]", pair))).toContain("/1 (mail.yaml:1:5)");
});

it.each([[{ type: "objekt" }], [[]], [null], ["object"], [{ typ: "object" }]])(
  "refuses the JSON Schema %j",
  async (schema) => {
    await expect(jsonSchema(schema as unknown as Record<string, unknown>)).rejects.toMatchObject({
      code: "ERR_TASKMON_INVALID_OPTION",
    });
  },
);
