import { expect, it } from "vitest";
import { etcdOptions, sqlitePath, storeKind } from "../../../src/task/allocators/store-url.ts";

it("tells the kind of store by the scheme, in either case", () => {
  expect(
    ["memory:", "sqlite:a", "REDIS://h", "rediss://h", "postgres://h", "postgresql://h"].map(
      storeKind,
    ),
  ).toEqual(["memory", "sqlite", "redis", "redis", "postgres", "postgres"]);
  expect(["http://h", "https://h"].map(storeKind)).toEqual(["etcd", "etcd"]);
});

it("knows no store by another scheme, by none, or by what every object has", () => {
  for (const url of ["mysql://h", "h", "", "constructor:", "toString:x"]) {
    expect(storeKind(url)).toBeUndefined();
  }
});

it("takes a path as it stands, and one of a file's URL decoded", () => {
  expect(sqlitePath("sqlite:a%20b.db")).toBe("a%20b.db");
  expect(sqlitePath("sqlite:/var/a.db")).toBe("/var/a.db");
  expect(sqlitePath("sqlite:///var/a%20b.db")).toBe("/var/a b.db");
});

it("takes the user of etcd out of the URL", () => {
  expect(etcdOptions("http://me:s%40fe@h:2379")).toEqual({
    endpoint: "http://h:2379/",
    auth: { name: "me", password: "s@fe" },
  });
  expect(etcdOptions("https://h")).toEqual({ endpoint: "https://h/" });
});
