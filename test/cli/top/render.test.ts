import fc from "fast-check";
import { expect, it } from "vitest";
import { render } from "../../../src/cli/top/render.ts";
import { type Row, UNKNOWN } from "../../../src/cli/top/row.ts";
import { textWidth } from "../../../src/shared/text-width.ts";

const rows: Row[] = [
  {
    ...UNKNOWN,
    ...{ at: "10.0.0.1:9464", state: "up", service: "shop", number: 0, leaseS: 24.6 },
    ...{ requestsPerSecond: 123.4, errorRatio: 0.005, p99S: 0.0421, health: "pass" },
    ...{ exports: "ok", lastExportAgeS: 3 },
  },
  {
    ...UNKNOWN,
    ...{ at: "10.0.0.2:9464", state: "up", service: "shop", number: 1, leaseS: -1 },
    ...{ requestsPerSecond: 0, health: "fail", ailing: ["db fail"], exports: "failing" },
    ...{ lastExportAgeS: 400 },
  },
  { ...UNKNOWN, at: "10.0.0.3:9464", state: "down", error: "ECONNREFUSED" },
];

it("shows each process in a line", () => {
  expect(render(rows, { columns: Infinity, color: false }).join("\n")).toMatchInlineSnapshot(`
    "STATE  SERVICE  PROCESS        TASK  LEASE  REQ/S  ERRORS    P99  HEALTH  EXPORTS
    up     shop     10.0.0.1:9464     0   25 s    123    0.5%  42 ms  pass    ok 3 s ago
    up     shop     10.0.0.2:9464     1   over      0       -      -  fail    failing 7 min ago  db fail
    down   -        10.0.0.3:9464     -      -      -       -      -  -       -                  ECONNREFUSED"
  `);
});

it("leaves out columns until it fits, and is never wider than the terminal", () => {
  expect(render(rows, { columns: 64, color: false })).toMatchInlineSnapshot(`
    [
      "STATE  PROCESS        TASK  REQ/S  ERRORS    P99  HEALTH",
      "up     10.0.0.1:9464     0    123    0.5%  42 ms  pass",
      "up     10.0.0.2:9464     1      0       -      -  fail",
      "down   10.0.0.3:9464     -      -       -      -  -",
    ]
  `);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 120 }), (columns) => {
      const lines = render(rows, { columns, color: false });
      expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(columns);
      expect(lines).toHaveLength(4);
    }),
  );
});

it("says in words what it says in colours", () => {
  const plain = render(rows, { columns: 100, color: false });
  const colored = render(rows, { columns: 100, color: true });
  expect(plain.join("")).not.toContain("\u001B");
  expect(colored[3]).toContain("\u001B[31mdown\u001B[0m");
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  expect(colored.map((line) => line.replaceAll(/\u001B\[\d+m/g, ""))).toEqual(plain);
});

it("lets no text from outside move the cursor", () => {
  const hostile: Row = {
    ...UNKNOWN,
    ...{ at: "x", state: "up", service: "\u001B[2Jshop\u202E", ailing: ["a\u009B1A\nb fail"] },
  };
  const text = render([hostile], { columns: Infinity, color: false }).join("|");
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  expect(text).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u202E]/);
  expect(text).toContain("?[2Jshop?");
});
