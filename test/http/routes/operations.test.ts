import type { IncomingMessage } from "node:http";
import { expect, it } from "vitest";
import { operationRoutes } from "../../../src/http/index.ts";
import { routeOf } from "../../../src/http/routes/route.ts";

const routes = (base: string, names: Iterable<string>, ...given: unknown[]): unknown[] => {
  const name = operationRoutes(base, names);
  return given.map((one) => {
    const request = {} as IncomingMessage;
    name(request, one);
    return routeOf(request);
  });
};

it("tells known operations apart, and no others", () => {
  expect(
    routes("/graphql/", ["GetUser", "ListOrders"], "GetUser", "ListOrders", "made up"),
  ).toEqual(["/graphql/GetUser", "/graphql/ListOrders", "/graphql/_OTHER"]);
  expect(routes("/rpc", new Set(["a"]), undefined, null, "", 7, {}, "__proto__")).toEqual([
    "/rpc",
    "/rpc",
    "/rpc",
    "/rpc/_OTHER",
    "/rpc/_OTHER",
    "/rpc/_OTHER",
  ]);
});

it("refuses what is no list of names", () => {
  expect(() => operationRoutes("/rpc", "abc" as never)).toThrow("names");
  expect(() => operationRoutes("/rpc", [7] as never)).toThrow("names");
  expect(() => operationRoutes(7 as never, [])).toThrow("route");
});
