import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { expect, inject, it } from "vitest";
import { type AppError, createApp, inflated } from "../../../src/app/index.ts";
import { run } from "../../setup/run.ts";
import { anything } from "./schemas.ts";

async function read(bytes: Uint8Array, maxBytes: number): Promise<unknown> {
  const dir = mkdtempSync(join(inject("testRun").folder, "inflated-"));
  writeFileSync(join(dir, "mail"), bytes);
  const decode = inflated((plain) => new TextDecoder().decode(plain), { maxBytes });
  const app = createApp({ config: { dir, decode }, logger: { emit() {} } });
  const reading = app.config.of(5n, "mail").read(anything);
  return reading.catch((error: AppError) => error.message);
}

it("inflates a file within its limit, and no further", async () => {
  const text = "x".repeat(1_000);
  const bomb = deflateSync(Buffer.alloc(50_000_000));
  expect(bomb.length).toBeLessThan(60_000);

  expect(await read(deflateSync(text), 1_000)).toBe(text);
  expect(await read(deflateSync(text), 999)).toBe(
    "mail: the file cannot be decoded: it is longer than 999 bytes",
  );
  expect(await read(bomb, 4_194_304)).toContain("longer than 4194304 bytes");
});

it("says that a file is not of zlib, or cut off", async () => {
  expect(await read(Buffer.from("host: smtp"), 1_000)).toContain("it is not of zlib");
  expect(await read(deflateSync("x".repeat(1_000)).subarray(0, 10), 1_000)).toContain("zlib");
});

it.each([0, 1.5, 2 ** 31])("refuses the limit %d", (maxBytes) => {
  expect(() => inflated((bytes) => bytes, { maxBytes })).toThrow("inflated.maxBytes");
});

it("reads OysterPack's packed Cap'n Proto messages, as the example does", async () => {
  const root = join(import.meta.dirname, "../../..");
  const args = ["--conditions=@taskmon/source", "examples/app/capnp-config.ts"];
  expect(await run(process.execPath, args, { cwd: root })).toEqual({
    code: 0,
    stdout: "smtp.example.com:587, id 0xe49214fa20b35ba8\n",
    stderr: "",
  });
}, 60_000);
