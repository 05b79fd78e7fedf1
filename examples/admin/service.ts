// A service with its status page on a port of its own. Anyone on this machine reads it; a token lets people act.
// Run it with `node --conditions=@taskmon/source examples/admin/service.ts`, and open what it prints.
import { createTaskmon } from "taskmon";
import { startAdmin } from "taskmon/admin";
import { defineCounter } from "taskmon/metrics";

const taskmon = createTaskmon({ target: { serviceName: "shop" }, devMode: true });
const orders = taskmon.metrics.counter(
  defineCounter({ service: "shop", name: "shop.orders", help: "Orders that were taken." }),
);
taskmon.health.register("stock", () => ({ status: "warn", message: "12 items are left" }));
taskmon.start();

const { ADMIN_PORT = "0", ADMIN_TOKEN } = process.env;
const admin = await startAdmin({
  taskmon,
  port: Number(ADMIN_PORT),
  ...(ADMIN_TOKEN !== undefined && {
    tokens: [{ token: ADMIN_TOKEN, role: "admin", name: "you" }],
  }),
});
console.log(`The status page is at ${admin.url}`);

// The shop. The page keeps no process alive; this does.
const selling = setInterval(() => orders.add(1), 200);

process.once("SIGTERM", () => {
  clearInterval(selling);
  void Promise.all([admin.stop(), taskmon.shutdown()]);
});
