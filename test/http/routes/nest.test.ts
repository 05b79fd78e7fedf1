import "reflect-metadata";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Controller, Get, type INestApplication, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { expect, it } from "vitest";
import { afterTest } from "../harness.ts";
import { routesOf } from "./harness.ts";

// Decorators as plain calls: the tests' compiler options leave them out.
class Users {
  one(): string {
    return "user";
  }
  fails(): string {
    throw new Error("broken");
  }
}
const method = (name: keyof Users): PropertyDescriptor =>
  Object.getOwnPropertyDescriptor(Users.prototype, name)!;
Get(":id")(Users.prototype, "one", method("one"));
Get(":id/fails")(Users.prototype, "fails", method("fails"));
Controller("users")(Users);

class App {
  readonly name = "app";
}
Module({ controllers: [Users] })(App);

it("is the template that matched, with the global prefix, and none where none does", async () => {
  const app: INestApplication = await NestFactory.create(App, { logger: false });
  afterTest(() => app.close());
  app.setGlobalPrefix("api");
  await app.listen(0, "127.0.0.1");
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  expect(
    await routesOf(port, ["/api/users/1?x=2", "/api/users/1/fails", "/wp-login.php", "/users/1"]),
  ).toEqual(["/api/users/:id", "/api/users/:id/fails", undefined, undefined]);
});
