import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { measure, RawClient, serve, turns } from "./harness.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

it.each([
  ["answered and closed", (client: RawClient) => client.get("/answer")],
  ["closed before the answer", (client: RawClient) => client.get("/hang")],
])("keeps no connection that was %s", async (_what, send) => {
  measure();
  const sockets: WeakRef<object>[] = [];
  const { server, port } = await serve((request, response) => {
    sockets.push(new WeakRef(request.socket), new WeakRef(request), new WeakRef(response));
    if (request.url !== "/hang") response.end("answered");
  });
  for (let i = 0; i < 30; i++) {
    const client = new RawClient(port);
    send(client);
    await expect.poll(() => sockets.length, { interval: 1 }).toBe((i + 1) * 3);
    client.socket.destroy();
  }
  await expect
    .poll(async () => {
      await turns(3);
      collectGarbage();
      return sockets.filter((ref) => ref.deref() !== undefined).length;
    })
    // The last ones may still be on the stack or in a cache of Node.js.
    .toBeLessThanOrEqual(6);
  expect(server.listening).toBe(true);
});
