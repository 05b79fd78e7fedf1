import { expect, it } from "vitest";
import { type TargetInput, targetOf } from "../../../src/probe/index.ts";

it.each<[TargetInput, object]>([
  ["example.org", { name: "example.org", host: "example.org" }],
  ["example.org:443", { name: "example.org:443", host: "example.org", port: 443 }],
  ["10.0.0.1:1", { name: "10.0.0.1:1", host: "10.0.0.1", port: 1 }],
  ["[::1]:53", { name: "[::1]:53", host: "::1", port: 53 }],
  ["::1", { name: "::1", host: "::1" }],
  [
    "https://user:secret@example.org/a?b=c",
    {
      name: "https://example.org/a?b=c",
      ...{ url: "https://user:secret@example.org/a?b=c", host: "example.org", port: 443 },
    },
  ],
  ["http://[::1]:8080/", { name: "http://[::1]:8080/", host: "::1", port: 8080 }],
  [
    { host: "::1", port: 5 },
    { name: "[::1]:5", host: "::1", port: 5 },
  ],
  [
    { name: "n", labels: { a: "b" } },
    { name: "n", labels: { a: "b" } },
  ],
])("reads %j", (input, target) => {
  const read = targetOf(input);
  expect(read).toMatchObject(target);
  // What was read is taken as it is.
  expect(targetOf(read)).toBe(read);
});

it.each<[unknown]>([
  ...[[""], ["a b"], ["a:b"], ["a:0"], ["a:70000"], ["http://"], ["a/b"], [5], [null], [[]]],
  ...[[{}], [{ host: "a/b" }], [{ name: "a", port: 0 }], [{ url: "nonsense" }]],
  ...[[{ name: "a", labels: { b: 1 } }], [{ name: "a", color: "red" }], [{ name: "a\nb" }]],
] as [unknown][])("refuses %j", (input) => {
  expect(() => targetOf(input as TargetInput)).toThrow(
    expect.objectContaining({ code: "ERR_TASKMON_INVALID_OPTION" }),
  );
});
