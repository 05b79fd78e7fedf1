import { once } from "node:events";
import { connect } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { rig } from "./rig.ts";

/** 100,000 in the nightly run. */
const ABORTS = Number(process.env["TASKMON_GUARD_ABORTS"] ?? 1_500);

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

it(`keeps nothing of ${ABORTS} requests whose clients went away`, async () => {
  let open = 0;
  await using wiki = await rig({
    upstream: (_request, response) => {
      open++;
      response.on("close", () => open--);
      response.write("the first of many bytes");
    },
  });
  const abort = async (upload: boolean): Promise<void> => {
    const socket = connect(wiki.port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write(
      upload
        ? "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf"
        : "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    );
    await once(socket, "data");
    socket.destroy();
  };
  const run = async (count: number): Promise<number> => {
    for (let at = 0; at < count; at += 20) {
      await Promise.all(Array.from({ length: 20 }, (_, index) => abort(index % 2 === 0)));
    }
    await expect.poll(() => open, { timeout: 10_000 }).toBe(0);
    gc();
    return process.memoryUsage().heapUsed;
  };
  // Code is compiled and pools are filled by then.
  const before = await run(500);
  const grown = (await run(ABORTS)) - before;
  console.log(`${ABORTS} aborted requests: ${Math.round(grown / ABORTS)} bytes of heap each`);
  // A request that is kept is more than 10 kB.
  expect(grown / ABORTS).toBeLessThan(1_000);
}, 600_000);
