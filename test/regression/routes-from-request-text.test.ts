import { expect, it } from "vitest";
import { setHttpRoute } from "../../src/http/index.ts";
import { histogramPoints, measure, serve } from "../http/harness.ts";
import { get } from "../http/routes/harness.ts";

/** The routes of the requests that were counted. */
async function routes(reader: Parameters<typeof histogramPoints>[0]): Promise<unknown[]> {
  return (await histogramPoints(reader)).map(({ attributes }) => attributes["http.route"]);
}

it("makes no series of the paths that nobody knows, where they are named as routes", async () => {
  const { counted, reader } = measure();
  const { port } = await serve((request, response) => {
    setHttpRoute(request, new URL(request.url!, "http://t").pathname);
    response.writeHead(request.url === "/users" ? 200 : 404).end();
  });
  for (let scan = 0; scan < 30; scan++) await get(port, `/wp-${scan}.php?x=1`);
  await get(port, "/users");
  await counted(31);
  expect(await routes(reader)).toEqual([undefined, "/users"]);
});

it("keeps a template at 404", async () => {
  const { counted, reader } = measure();
  const { port } = await serve((request, response) => {
    setHttpRoute(request, "/users/:id");
    response.writeHead(404).end();
  });
  await get(port, "/users/7");
  await counted(1);
  expect(await routes(reader)).toEqual(["/users/:id"]);
});

it("tells no more routes apart than it may, whatever status they have", async () => {
  const { counted, reader } = measure({ server: { maxRoutes: 3 } });
  const { port } = await serve((request, response) => {
    setHttpRoute(request, request.url!);
    response.end();
  });
  for (let page = 0; page < 20; page++) await get(port, `/page/${page % 10}`);
  await counted(20);
  expect(await routes(reader)).toEqual(["/page/0", "/page/1", "/page/2", "_OTHER"]);
});
