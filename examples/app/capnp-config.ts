import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { Message } from "capnp-es";
import { createApp, defineService, inflated, jsonSchema } from "taskmon/app";
import { Mail } from "./mail-config.ts";

// A service whose configuration is a packed Cap'n Proto message that zlib has deflated, as OysterPack's
// services have them.

/** What OysterPack calls MarshalCapnpMessage. */
function marshal(message: Message): Uint8Array {
  return deflateSync(new Uint8Array(message.toPackedArrayBuffer()));
}

/** A plain value, which any schema can validate. */
function decode(bytes: Uint8Array): unknown {
  const { id, host, port } = new Message(bytes, true).getRoot(Mail);
  return { id, host, port };
}

const schema = await jsonSchema<{
  readonly id: bigint;
  readonly host: string;
  readonly port: number;
}>({
  type: "object",
  required: ["host"],
  properties: {
    id: { type: "integer" },
    host: { type: "string", minLength: 1 },
    port: { type: "integer", minimum: 1 },
  },
});

const dir = await mkdtemp(join(tmpdir(), "capnp-config-"));
const message = new Message();
const written = message.initRoot(Mail);
written.id = 0xe49214fa20b35ba8n;
written.host = "smtp.example.com";
written.port = 587;
await writeFile(join(dir, "0x9f3c7a1e5b2d4860"), marshal(message));

const mail = defineService({
  id: "0x9f3c7a1e5b2d4860",
  name: "mail",
  async start({ config }) {
    const found = await config.read(schema);
    console.log(`${found?.host}:${found?.port}, id 0x${found?.id.toString(16)}`);
  },
});

const app = createApp({
  services: [mail],
  // A file of more than 64 KiB is refused before it takes that much memory.
  config: { dir, decode: inflated(decode, { maxBytes: 65_536 }) },
});
await app.start();
await app.shutdown();
await rm(dir, { recursive: true });
