import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as age from "age-encryption";
import { expect, inject, it, onTestFinished } from "vitest";
import {
  ageDecrypt,
  type AgeDecryptOptions,
  type AppError,
  CONFIG_FAILURE,
  createApp,
  isError,
} from "../../../src/app/index.ts";
import { anything } from "./schemas.ts";

// With the real package age-encryption.

const key = await age.generateX25519Identity();
const otherKey = await age.generateX25519Identity();
const secret = "password: hunter2\n";

async function encrypted(text = secret, recipient = key): Promise<Uint8Array> {
  const encrypter = new age.Encrypter();
  encrypter.addRecipient(await age.identityToRecipient(recipient));
  return encrypter.encrypt(text);
}

/** Reads a file of these bytes, with this way to the key. */
async function read(bytes: Uint8Array | string, options: AgeDecryptOptions): Promise<unknown> {
  const dir = folder();
  writeFileSync(join(dir, "mail.yaml"), bytes);
  const app = createApp({ config: { dir, decrypt: ageDecrypt(options) }, logger: { emit() {} } });
  return app.config.of(5n, "mail").read(anything);
}

function folder(): string {
  return mkdtempSync(join(inject("testRun").folder, "age-"));
}

/** The code of what `ConfigFailure` has as its cause. */
async function codeOf(reading: Promise<unknown>): Promise<unknown> {
  const error = (await reading.catch((reason: unknown) => reason)) as AppError;
  expect(isError(error, CONFIG_FAILURE)).toBe(true);
  expect(error.message).toMatch(/^mail\.yaml: the file cannot be decrypted: /);
  expect(error.message).not.toMatch(/hunter2|AGE-SECRET/);
  return (error.cause as { code?: unknown }).code;
}

it("reads a file with a key from a key file, a variable or a function", async () => {
  const file = await encrypted();
  const keyFile = join(folder(), "key.txt");
  writeFileSync(keyFile, `# created: today\n# public key: age1…\n${otherKey}\n${key}\n`);
  process.env["TEST_AGE_KEY"] = key;
  onTestFinished(() => void delete process.env["TEST_AGE_KEY"]);

  const expected = { password: "hunter2" };
  expect(await read(file, { keyFile })).toEqual(expected);
  expect(await read(file, { keyVariable: "TEST_AGE_KEY" })).toEqual(expected);
  expect(await read(file, { key: () => Promise.resolve(key), age })).toEqual(expected);
});

it("reads an armored file", async () => {
  expect(await read(age.armor.encode(await encrypted()), { key: () => key })).toEqual({
    password: "hunter2",
  });
});

it("tells a wrong key, a file that is cut off or changed, and plain text apart", async () => {
  const file = await encrypted("x: 1\n".repeat(30_000));
  const options = { key: () => key };
  const changed = file.slice();
  changed[changed.length - 100]! ^= 1;

  expect(await codeOf(read(file, { key: () => otherKey }))).toBe("ERR_TASKMON_CONFIG_WRONG_KEY");
  for (const length of [0, 5, 21, 60, 200, file.length - 70_000, file.length - 1]) {
    expect(await codeOf(read(file.subarray(0, length), options))).toBe(
      "ERR_TASKMON_CONFIG_DAMAGED",
    );
  }
  expect(await codeOf(read(changed, options))).toBe("ERR_TASKMON_CONFIG_DAMAGED");
  const armored = age.armor.encode(file);
  expect(await codeOf(read(armored.slice(0, 500), options))).toBe("ERR_TASKMON_CONFIG_DAMAGED");
  expect(await codeOf(read(secret, options))).toBe("ERR_TASKMON_CONFIG_PLAIN");
});

it.each<[string, AgeDecryptOptions]>([
  ["a key file that is not there", { keyFile: "/does/not/exist" }],
  ["a variable that is not set", { keyVariable: "TEST_AGE_NO_KEY" }],
  ["a function that throws", { key: () => Promise.reject(new Error("the vault is sealed")) }],
  ["an empty text", { key: () => "\n# nothing\n" }],
  ["what is no key", { key: () => "hunter2-is-no-key" }],
  ["a key that is misspelt", { key: () => `${key.slice(0, -1)}Q` }],
])("says that there is no key: %s", async (_, options) => {
  expect(await codeOf(read(await encrypted(), options))).toBe("ERR_TASKMON_CONFIG_KEY");
});

it("keeps a wrong new version of a watched file out", async () => {
  const dir = folder();
  const file = join(dir, "mail.yaml");
  writeFileSync(file, await encrypted("n: 1"));
  const app = createApp({
    config: { dir, lookMs: 20, decrypt: ageDecrypt({ key: () => key }) },
    logger: { emit() {} },
  });
  onTestFinished(() => app.config.close());
  const reported: unknown[] = [];
  app.report = (error) => (reported.push((error as AppError).cause), error as AppError);
  const seen: unknown[] = [];
  const config = app.config.of(5n, "mail");
  await config.read(anything);
  config.watch(anything, (next) => seen.push(next));

  writeFileSync(file, await encrypted("n: 2", otherKey));
  await expect.poll(() => reported.length, { timeout: 15_000 }).toBeGreaterThan(0);
  writeFileSync(file, await encrypted("n: 3"));
  await expect.poll(() => seen.length, { timeout: 15_000 }).toBe(1);

  expect(seen).toEqual([{ n: 3 }]);
  expect(reported[0]).toMatchObject({ code: "ERR_TASKMON_CONFIG_WRONG_KEY" });
});

it.each([{}, { keyFile: "a", keyVariable: "b" }, { key: "AGE-SECRET-KEY-1" }, { age: {} }])(
  "refuses the options %j",
  (options) => {
    expect(() => ageDecrypt(options as AgeDecryptOptions)).toThrow("ageDecrypt");
  },
);
