import "reflect-metadata";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as common from "@nestjs/common";
import * as core from "@nestjs/core";
import { FastifyAdapter } from "@nestjs/platform-fastify";
import { expect, it, onTestFinished } from "vitest";
import { taskmonFastify } from "../../src/fastify/index.ts";
import { createTaskmon, memoryAllocator } from "../../src/index.ts";
import { HealthCheck, TaskmonModule } from "../../src/nest/index.ts";

it("has metrics with routes, health and a drain on Fastify, from taskmonFastify", async () => {
  const taskmon = createTaskmon({ target: { serviceName: "shop" }, allocator: memoryAllocator() });
  class Orders {
    one(): string {
      return "order";
    }
    async db(): Promise<void> {
      throw new Error("gone");
    }
  }
  const method = (name: "one" | "db"): PropertyDescriptor =>
    Object.getOwnPropertyDescriptor(Orders.prototype, name)!;
  common.Get(":id")(Orders.prototype, "one", method("one"));
  HealthCheck("db", { fall: 1 })(Orders.prototype, "db");
  common.Controller("orders")(Orders);
  class Root {
    readonly name = "root";
  }
  common.Module({
    imports: [TaskmonModule.forRoot({ taskmon, metricsPath: false, health: false, drainMs: 0 })],
    controllers: [Orders],
  })(Root);

  const app: common.INestApplication = await core.NestFactory.create(Root, new FastifyAdapter(), {
    logger: false,
    abortOnError: false,
  });
  onTestFinished(() => app.close());
  app.setGlobalPrefix("api");
  await app
    .getHttpAdapter()
    .getInstance()
    .register(taskmonFastify, { taskmon, drain: { delayMs: 0 } });
  await app.listen(0, "127.0.0.1");
  const server = app.getHttpServer() as Server;
  const get = async (path: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);

  expect(await (await get("/api/orders/7")).text()).toBe("order");
  await expect.poll(() => taskmon.health.result("db").error?.message).toBe("gone");
  expect((await get("/readyz")).status).toBe(503);
  expect((await get("/livez")).status).toBe(200);
  expect(await (await get("/metrics")).text()).toMatch(
    /^http_server_request_duration_seconds_count\{.*"\/api\/orders\/:id".* 1$/m,
  );
  const ended = Promise.withResolvers<boolean>();
  taskmon.on("shutdown", () => ended.resolve(server.listening));
  await app.close();
  expect(await ended.promise).toBe(false);
});
