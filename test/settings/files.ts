import {
  chmodSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  mkdirSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { inject, vi } from "vitest";

/** A folder of this test's own. */
export function folder(): string {
  return mkdtempSync(join(inject("testRun").folder, "settings-"));
}

/** Replaces a file as editors and deployments do. */
export function replace(path: string, content: string | Uint8Array): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}

/** Runs `call` as a user whom permissions stop, unless this is one; the folder of `path` is open to them. */
export async function withoutPrivileges(path: string, call: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return call();
  chmodSync(dirname(path), 0o755);
  process.seteuid!("nobody");
  try {
    await call();
  } finally {
    process.seteuid!(0);
  }
}

/** Waits until `check` no longer throws. */
export async function eventually(check: () => void): Promise<void> {
  await vi.waitFor(check, { timeout: 15_000, interval: 10 });
}

/** A volume of a ConfigMap as the kubelet makes it, and changes it. */
export class ConfigMapVolume {
  readonly folder: string;
  #version = 0;

  constructor(parent: string, files: Readonly<Record<string, string>>) {
    this.folder = join(parent, "config");
    mkdirSync(this.folder);
    this.publish(files);
    for (const name of Object.keys(files)) symlinkSync(`..data/${name}`, join(this.folder, name));
  }

  /** A new folder with all files; then `..data` is made to point to it in one step; the old one goes. */
  publish(files: Readonly<Record<string, string>>): void {
    const name = (version: number): string => `..2026_01_01_00_00_0${version}.123456789`;
    const old = join(this.folder, name(this.#version));
    this.#version += 1;
    const data = name(this.#version);
    mkdirSync(join(this.folder, data));
    for (const [file, content] of Object.entries(files)) {
      writeFileSync(join(this.folder, data, file), content);
    }
    symlinkSync(data, join(this.folder, "..data_tmp"));
    renameSync(join(this.folder, "..data_tmp"), join(this.folder, "..data"));
    rmSync(old, { recursive: true, force: true });
  }
}
