import { startAdmin } from "../../src/admin/index.ts";
import { busyApp, busyTaskmon } from "../../test/admin/busy.ts";

// A service with something in every section of its page, which tells what it has used of the CPU when it is asked.

const taskmon = await busyTaskmon("shop", { runtime: true });
const admin = await startAdmin({ taskmon, app: busyApp(), adminUrl: true });
const keepAlive = setInterval(() => undefined, 60_000);

process.on("message", (message) => {
  if (message === "end") {
    clearInterval(keepAlive);
    void Promise.all([admin.stop(), taskmon.shutdown()]).then(() => process.disconnect());
    return;
  }
  const { user, system } = process.cpuUsage();
  process.send!({ cpuUs: user + system, atMs: performance.now() });
});
process.on("disconnect", () => process.exit());
process.send!({ url: admin.url });
