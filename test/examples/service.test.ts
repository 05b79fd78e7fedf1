import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, inject, it } from "vitest";
import { startService, sumOf } from "../e2e/shop.ts";
import { bundled } from "../setup/bundled.ts";
import { run } from "../setup/run.ts";

const SERVICE = join(import.meta.dirname, "../../examples/service/service.ts");

describe("the example service", () => {
  it("answers its routes, refuses what makes no sense, and ends with code 0 on SIGTERM", async () => {
    await using shop = await startService({ TASK_FILE: join(folder(), "tasks.sqlite") });
    const status = async (path: string, body?: string): Promise<number> => {
      const init = body === undefined ? {} : { method: "POST", body };
      const response = await fetch(shop.url + path, init);
      await response.arrayBuffer();
      return response.status;
    };

    expect(await status("/orders/12?page=2")).toBe(200);
    expect(await status("/invoices/3")).toBe(200);
    expect(await status("/orders", '{"currency":"GBP","channel":"app"}')).toBe(201);
    expect(await status("/broken")).toBe(500);
    expect(await status("/nothing")).toBe(404);
    expect(await status("/orders", "{")).toBe(400);
    expect(await status("/orders", "null")).toBe(400);
    expect(await status("/orders", '{"currency":"XXX","channel":"app"}')).toBe(400);
    expect(await status("/orders", `{"currency":"${"X".repeat(70_000)}"}`)).toBe(413);
    expect(sumOf(await shop.scrape(), "shop_orders_placed_total")).toBe(1);

    shop.signal("SIGTERM");
    expect(await shop.ended).toEqual({ code: 0, signal: null });
  });

  it("says in one line, and with code 1, which port is in use", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const port = String((other.address() as AddressInfo).port);

    const said = `shop: port ${port} is in use; set PORT, METRICS_PORT or ADMIN_PORT to another\n`;
    expect(await failed({ PORT: port })).toBe(said);
    expect(await failed({ METRICS_PORT: port })).toBe(said);
    expect(await failed({ ADMIN_PORT: port })).toBe(said);
    other.close();
  });

  it("says in one line, and with code 1, what is wrong with its settings", async () => {
    const notes = join(folder(), "notes.txt");
    writeFileSync(notes, "No database at all. ".repeat(100));

    expect(await failed({ PORT: "eighty" })).toMatch(/^shop: PORT must be a whole number .*\n$/);
    expect(await failed({ TASK_LEASE: "{" })).toMatch(/^shop: TASK_LEASE must be JSON.*\n$/);
    expect(await failed({ TASK_LEASE: '{"leaseMs":1}' })).toMatch(
      /^shop: Option lease.leaseMs .*\n$/,
    );
    expect(await failed({ TASK_FILE: notes })).toMatch(/^shop: SQLite file .*notes.txt .*\n$/);
  });
});

/** What the service prints as it fails to start. */
async function failed(env: Readonly<Record<string, string>>): Promise<string> {
  const { code, stdout, stderr } = await run(process.execPath, [await bundled(SERVICE)], {
    cwd: folder(),
    env: { PORT: "0", METRICS_PORT: "0", TASK_FILE: join(folder(), "tasks.sqlite"), ...env },
  });
  expect([code, stdout]).toEqual([1, ""]);
  return stderr;
}

function folder(): string {
  return mkdtempSync(join(inject("testRun").folder, "service-"));
}
