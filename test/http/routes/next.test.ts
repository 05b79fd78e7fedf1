import { expect, it } from "vitest";
import { setHttpRoute } from "../../../src/http/index.ts";
import { routesOfListener } from "./harness.ts";

// Next.js is too large to install for one test. This is what `next start` of 16.4.6 leaves on the requests
// of Node.js, as it was seen in a production build.
const META = Symbol.for("NextInternalRequestMeta");
const matches: Readonly<Record<string, unknown>> = {
  "/": { match: { definition: { pathname: "/" } } },
  "/users/7": { match: { definition: { pathname: "/users/[id]" } } },
  "/api/orders/3": { match: { definition: { pathname: "/api/orders/[id]" } } },
  "/nope": { match: { definition: { pathname: "/_not-found" } } },
  "/_next/static/a.js": { initURL: "http://localhost/_next/static/a.js" },
  "/odd": { match: null },
  "/odder": 7,
};

it("is the template of the page or route handler that matched, and none for assets and errors", async () => {
  const routes = await routesOfListener((request, response) => {
    Object.assign(request, { [META]: matches[request.url!] });
    response.end();
  }, Object.keys(matches));
  expect(routes).toEqual([
    "/",
    "/users/[id]",
    "/api/orders/[id]",
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

it("is the program's where it names one", async () => {
  const routes = await routesOfListener(
    (request, response) => {
      Object.assign(request, { [META]: matches["/users/7"] });
      setHttpRoute(request, "/people/:id");
      response.end();
    },
    ["/users/7"],
  );
  expect(routes).toEqual(["/people/:id"]);
});
