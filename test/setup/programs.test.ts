import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, expect, inject, it, vi } from "vitest";
import type { Installer } from "./apt.ts";
import { ensurePrograms, findProgram } from "./programs.ts";

let folder: string;

beforeEach(() => {
  vi.spyOn(console, "log").mockReturnValue();
  folder = mkdtempSync(join(inject("testRun").folder, "programs-"));
});

it("finds a program on the PATH, and installs nothing", () => {
  const installer = fakeInstaller();
  const [node] = Object.values(ensurePrograms([{ name: "node", apt: "nodejs" }], installer));
  expect(node).toMatch(/\/node$/);
  expect(installer.install).not.toHaveBeenCalled();
});

it("finds a program that Debian keeps off the PATH, the newest version first", () => {
  const newer = executable("postgresql/15/bin/initdb-of-test");
  executable("postgresql/14/bin/initdb-of-test");
  const folders = [join(folder, "postgresql/*/bin")];
  expect(findProgram({ name: "initdb-of-test", apt: "postgresql", folders })).toBe(newer);
});

it("installs the packages of what is missing, each once", () => {
  const [server, tool] = [join(folder, "server-of-test"), join(folder, "tool-of-test")];
  const installer = fakeInstaller(() => [server, tool].forEach((path) => executable(path)));

  const paths = ensurePrograms(
    [
      { name: "server-of-test", apt: "test-server", folders: [folder] },
      { name: "tool-of-test", apt: "test-server", folders: [folder] },
    ],
    installer,
  );

  expect(paths).toEqual({ "server-of-test": server, "tool-of-test": tool });
  expect(installer.install.mock.calls).toEqual([[["test-server"]]]);
});

it("says in one line what to install where it may not", () => {
  const installer = { ...fakeInstaller(), refusal: () => "only root can install packages" };
  expect(() => ensurePrograms([{ name: "absent-of-test", apt: "test-server" }], installer)).toThrow(
    /^The tests need absent-of-test: apt-get install test-server \(only root can install packages\)$/,
  );
});

it("says so where the package does not bring the program", () => {
  const program = { name: "absent-of-test", apt: "test-server" };
  expect(() => ensurePrograms([program], fakeInstaller())).toThrow(
    /^The tests need absent-of-test: .*does not bring it\)$/,
  );
});

function fakeInstaller(install: Installer["install"] = () => undefined) {
  return { refusal: () => undefined, install: vi.fn<Installer["install"]>(install) };
}

function executable(path: string): string {
  const file = path.startsWith("/") ? path : join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "#!/bin/sh\n");
  chmodSync(file, 0o755);
  return file;
}
