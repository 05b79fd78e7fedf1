import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, it, onTestFinished } from "vitest";
import { wakeOnLanTrigger } from "../../../src/monitor/index.ts";
import { stage } from "./harness.ts";

async function listener(
  type: "udp4" | "udp6",
  address: string,
): Promise<{ readonly port: number; next(): Promise<Buffer> }> {
  const socket = createSocket(type);
  const packets: Buffer[] = [];
  socket.on("message", (packet) => packets.push(packet));
  socket.bind(0, address);
  await once(socket, "listening");
  onTestFinished(() => void socket.close());
  return {
    port: socket.address().port,
    async next() {
      if (packets.length === 0) await once(socket, "message");
      return packets.shift()!;
    },
  };
}

const MAC = [0xaa, 0xbb, 0xcc, 0x00, 0x11, 0x22];
const MAGIC = Buffer.from([
  ...Array<number>(6).fill(0xff),
  ...Array.from({ length: 16 }, () => MAC).flat(),
]);

it.each([
  ["udp4", "127.0.0.1", "aa:bb:cc:00:11:22"],
  ["udp4", "127.0.0.1", "AA-BB-CC-00-11-22"],
  ["udp6", "::1", "aabbcc001122"],
] as const)("sends the magic packet over %s to %s for %s", async (type, address, mac) => {
  const { port, next } = await listener(type, address);
  await stage().fire(wakeOnLanTrigger({ mac, address, port }));
  expect([await next(), await next(), await next()]).toEqual([MAGIC, MAGIC, MAGIC]);
});

it("ends the packet with a password of SecureOn", async () => {
  const { port, next } = await listener("udp4", "127.0.0.1");
  const password = "01:02:03:04:05:06";
  const options = { mac: "aabbcc001122", address: "127.0.0.1", port, password, packets: 1 };
  await stage().fire(wakeOnLanTrigger(options));
  expect(await next()).toEqual(Buffer.concat([MAGIC, Buffer.from([1, 2, 3, 4, 5, 6])]));
});

it.each([
  [{ mac: "aa:bb" }, "wakeOnLan.mac", '"aa:bb"'],
  [{ mac: "aabbcc001122", address: "nas.local" }, "wakeOnLan.address", '"nas.local"'],
  [{ mac: "aabbcc001122", password: "hunter2" }, "wakeOnLan.password", "not shown"],
])("refuses %j", (options, option, shown) => {
  expect(() => wakeOnLanTrigger(options)).toThrow(
    expect.objectContaining({ option, message: expect.stringContaining(shown) }),
  );
});
