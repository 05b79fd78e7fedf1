import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, it, onTestFinished } from "vitest";
import {
  type AppConfigOptions,
  AppError,
  CONFIG_FAILURE,
  createApp,
  isError,
  type StandardSchema,
} from "../../../src/app/index.ts";
import { anything } from "./schemas.ts";

interface Mail {
  readonly host: string;
  readonly id: bigint;
}

/** A schema as zod's or valibot's is, with a message that repeats the value. */
const mail: StandardSchema<Mail> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate(value) {
      const { host, id } = (value ?? {}) as Record<string, unknown>;
      if (typeof host !== "string")
        return { issues: [{ message: `expected text, got ${String(host)}`, path: ["host"] }] };
      return { value: { host, id: BigInt((id as bigint | undefined) ?? 0) } };
    },
  },
};

function setup(options: AppConfigOptions = {}): {
  dir: string;
  app: ReturnType<typeof createApp>;
  write: (name: string, text: string | Uint8Array) => string;
} {
  const dir = mkdtempSync(join(inject("testRun").folder, "config-"));
  const app = createApp({ config: { dir, lookMs: 20, ...options }, logger: { emit() {} } });
  onTestFinished(() => app.config.close());
  const write = (name: string, text: string | Uint8Array): string => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  return { dir, app, write };
}

async function failureOf(promise: Promise<unknown>): Promise<AppError> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(AppError);
  expect(isError(error, CONFIG_FAILURE)).toBe(true);
  return error as AppError;
}

describe("the folder", () => {
  it("has a file for each service, by id or by name", async () => {
    const { app, write } = setup();
    expect(await app.config.serviceIds()).toEqual([]);
    write("0x1f", "a: 1");
    write("18446744073709551615.json", "{}");
    write("mail.yaml", "host: h");
    write("0x1f.json", "{}");
    expect(await app.config.serviceIds()).toEqual([0x1fn, 2n ** 64n - 1n]);
    expect(await app.config.of(5n, "mail").path()).toMatch(/mail\.yaml$/);
    expect(await app.config.of(0x1fn, "any").path()).toMatch(/0x1f$/);
    expect(await app.config.of(6n, "none").path()).toBeUndefined();
    expect(await app.config.of(6n, "../mail").path()).toBeUndefined();
  });

  it("says that it is missing", async () => {
    const { app } = setup({ dir: "/does/not/exist" });
    expect(await app.config.dirExists()).toBe(false);
    const { message } = await failureOf(app.config.serviceIds());
    expect(message).toBe("The folder /does/not/exist cannot be read");
  });

  it("is named by TASKMON_CONFIG_DIR, else Docker's", () => {
    process.env["TASKMON_CONFIG_DIR"] = "/etc/shop";
    onTestFinished(() => void delete process.env["TASKMON_CONFIG_DIR"]);
    expect(createApp().config.dir).toBe("/etc/shop");
    delete process.env["TASKMON_CONFIG_DIR"];
    expect(createApp().config.dir).toBe("/run/secrets");
  });
});

describe("a configuration", () => {
  it("is validated and typed, with integers that no number can hold", async () => {
    const { app, write } = setup();
    write("mail.yaml", "host: smtp\nid: 18446744073709551615\n");
    expect(await app.config.of(5n, "mail").read(mail)).toEqual({
      host: "smtp",
      id: 2n ** 64n - 1n,
    });
  });

  it("is undefined where there is none, which is no error", async () => {
    const { app } = setup();
    expect(await app.config.of(5n, "mail").read(mail)).toBeUndefined();
  });

  it("says where it is wrong, and never what it says", async () => {
    const { app, write } = setup();
    write("mail.yaml", "# a comment\nhost: [hunter2]\n");
    const { message, service } = await failureOf(app.config.of(5n, "mail").read(mail));
    expect(message).toBe("mail.yaml: wrong at /host (mail.yaml:2:7)");
    expect(service).toBe(5n);
  });

  it.each([
    ["host: [", "1:8"],
    ["a: 1\na: 2", "2:1"],
    [new Uint8Array([0xff, 0xfe]), "not UTF-8"],
    ["x".repeat(600_000), "longer than"],
  ])("refuses %.12j", async (text, what) => {
    const { app, write } = setup();
    write("mail.yaml", text);
    expect((await failureOf(app.config.of(5n, "mail").read(anything))).message).toContain(what);
  });

  it("tells absent from unreadable", async () => {
    const { app, dir } = setup();
    mkdirSync(join(dir, "mail"));
    expect((await failureOf(app.config.of(5n, "mail").read(anything))).message).toMatch(
      /EISDIR|not a regular file/,
    );
    symlinkSync("mail2.yaml", join(dir, "mail2.yaml"));
    expect((await failureOf(app.config.of(5n, "mail2").read(anything))).message).toContain("ELOOP");
  });

  it.skipIf(process.getuid?.() === 0)("says that the system does not let it be read", async () => {
    const { app, write } = setup();
    chmodSync(write("mail.yaml", "host: h"), 0o000);
    expect((await failureOf(app.config.of(5n, "mail").read(anything))).message).toContain("EACCES");
  });

  it("has one text without the newline behind it", async () => {
    const { app, write } = setup();
    write("token", "s3cret\n");
    expect(await app.config.of(5n, "token").read(anything)).toBe("s3cret");
  });

  it("is decrypted and decoded by what the caller passes in, within a size", async () => {
    const plain = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 42);
    const { app, write } = setup({ decrypt: plain });
    write("mail.yaml", plain(new TextEncoder().encode("host: h")));
    expect(await app.config.of(5n, "mail").read(mail)).toMatchObject({ host: "h" });

    const decoded = setup({ decode: (bytes) => ({ host: `${bytes.length} bytes` }) });
    decoded.write("mail", "abc");
    expect(await decoded.app.config.of(5n, "mail").read(mail)).toMatchObject({ host: "3 bytes" });

    const broken = setup({ decrypt: () => Promise.reject(new Error("wrong key")) });
    broken.write("mail.yaml", "host: hunter2");
    const { message } = await failureOf(broken.app.config.of(5n, "mail").read(mail));
    expect(message).toBe("mail.yaml: the file cannot be decrypted: wrong key");
  });
});

describe("a watched configuration", () => {
  it("changes as a whole, also by a link that is swapped, and keeps out what is wrong", async () => {
    const { app, dir } = setup();
    const version = (name: string, text: string): void => {
      mkdirSync(join(dir, name));
      writeFileSync(join(dir, name, "mail.yaml"), text);
    };
    version("..v1", "host: one");
    version("..v2", "host: [2]");
    version("..v3", "host: three");
    symlinkSync("..v1", join(dir, "..data"));
    symlinkSync("..data/mail.yaml", join(dir, "mail.yaml"));
    const swap = (name: string): void => {
      symlinkSync(name, join(dir, "..tmp"));
      renameSync(join(dir, "..tmp"), join(dir, "..data"));
    };
    const seen: (string | undefined)[] = [];
    const config = app.config.of(5n, "mail");
    expect((await config.read(mail))?.host).toBe("one");
    config.watch(mail, (next) => seen.push(next?.host));
    const reported: string[] = [];
    app.report = (error) => (reported.push((error as Error).message), error as AppError);
    await sleep(200);

    swap("..v2");
    await sleep(300);
    expect(seen).toEqual([]);
    swap("..v3");
    await until(() => seen.length === 1);
    unlinkSync(join(dir, "mail.yaml"));
    await until(() => seen.length === 2);

    expect(seen).toEqual(["three", undefined]);
    expect(reported).toContainEqual(expect.stringContaining("wrong at /host"));
  });
});

it("tells a configuration that changed between its reading and its watching", async () => {
  const { app, write } = setup();
  write("mail.yaml", "host: one");
  const config = app.config.of(5n, "mail");
  await config.read(mail);
  write("mail.yaml", "host: two");
  const seen: (string | undefined)[] = [];
  config.watch(mail, (next) => seen.push(next?.host));
  await until(() => seen.length === 1);
  expect(seen).toEqual(["two"]);
});

const sleep = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 15_000; !(await condition()); await sleep(20)) {
    if (Date.now() > deadline) throw new Error(`never came true: ${String(condition)}`);
  }
}
