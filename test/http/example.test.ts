import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

it("the example shows one series per route and channel, and none for the health check", async () => {
  const program = fileURLToPath(new URL("../../examples/http/requests.ts", import.meta.url));
  const flags = ["--conditions=@taskmon/source", "--experimental-strip-types", "--no-warnings"];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, program]);
  const series = stdout.trim().split("\n");
  expect(series).toHaveLength(2);
  expect(series[0]).toMatch(/http_route="\/shops\/:shop\/orders\/:id".*shop_channel="app".* 2$/);
  expect(series[1]).toMatch(/http_response_status_code="404".*shop_channel="app".* 1$/);
  expect(series[1]).not.toContain("http_route");
});
