import http, { type IncomingMessage, type RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import { measure, serve } from "../harness.ts";

/** Sends a request and reads the response. */
export async function get(port: number, path: string, method = "GET"): Promise<number> {
  const request = http.request({ port, host: "127.0.0.1", path, method, agent: false }).end();
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.on("response", resolve).on("error", reject);
  });
  await text(response);
  return response.statusCode!;
}

/** The routes under which requests for these paths are counted, in their order; undefined for none. */
export async function routesOf(
  port: number,
  paths: readonly string[],
): Promise<(string | undefined)[]> {
  const routes: (string | undefined)[] = [];
  for (const path of paths) {
    const { counted, instrumentation } = measure();
    await get(port, path);
    routes.push((await counted(1))[0]!["http.route"] as string | undefined);
    instrumentation.disable();
  }
  return routes;
}

/** The same for a listener that a framework made. */
export async function routesOfListener(
  listener: RequestListener,
  paths: readonly string[],
): Promise<(string | undefined)[]> {
  return await routesOf((await serve(listener)).port, paths);
}
