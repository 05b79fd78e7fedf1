import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { expect, it } from "vitest";
import { routeOf, setHttpRoute } from "../../src/http/routes/route.ts";

const request = (): IncomingMessage => new IncomingMessage(new Socket());

it("remembers the last template of a request", () => {
  const [one, other] = [request(), request()];
  setHttpRoute(one, "/users/:id");
  setHttpRoute(one, " /teams/:id ");
  expect(routeOf(one)).toBe("/teams/:id");
  expect(routeOf(other)).toBeUndefined();
});

it("takes a template back", () => {
  const one = request();
  setHttpRoute(one, "/users/:id");
  setHttpRoute(one, " ");
  expect(routeOf(one)).toBeUndefined();
});

it("writes nothing on the request", () => {
  const one = request();
  const before = Reflect.ownKeys(one);
  setHttpRoute(one, "/users/:id");
  expect(Reflect.ownKeys(one)).toEqual(before);
});

it.each([[undefined], [null], [42], [{}], [["/a"]]])("passes over the template %j", (template) => {
  const one = request();
  setHttpRoute(one, "/users/:id");
  setHttpRoute(one, template as never);
  expect(routeOf(one)).toBe("/users/:id");
});

it.each([[undefined], [null], [42], ["GET /"]])("passes over the request %j", (what) => {
  expect(() => setHttpRoute(what as never, "/users/:id")).not.toThrow();
});

it.each([
  ["a text", "/users/1"],
  ["an object of the program's own", { path: "/users/1" }],
  ["nothing", null],
  ["an Express route without an application, below a mount path", { path: "/:id", stack: [] }],
  [
    "something that cannot be read",
    Object.defineProperty({}, "path", {
      get: () => {
        throw new Error("no");
      },
    }),
  ],
])("takes no route from a field `route` that is %s", (_what, route) => {
  expect(routeOf(Object.assign(request(), { route, baseUrl: "/users" }))).toBeUndefined();
});
