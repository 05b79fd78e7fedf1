import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Brings packages to the machine. */
export interface Installer {
  /** Why this installer cannot work here, or `undefined` where it can. */
  refusal(): string | undefined;
  /** @throws an error of one line where the packages cannot be installed. */
  install(packages: readonly string[]): void;
}

/** apt on Debian and Ubuntu. Installs programs without starting the services that they bring. */
export const apt: Installer = {
  refusal() {
    if (!existsSync("/usr/bin/apt-get")) return "there is no apt here";
    if (process.getuid?.() !== 0) return "only root can install packages";
    return undefined;
  },
  install(packages) {
    const { status, error, stdout, stderr } = spawnSync(
      "/bin/sh",
      ["-c", INSTALL_SCRIPT, "install", ...packages],
      { encoding: "utf8", env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } },
    );
    if (status === 0) return;
    const said = `${stdout ?? ""}\n${stderr ?? ""}`.split("\n");
    const reason =
      error?.message ?? said.findLast((line) => line.startsWith("E: ")) ?? `exit ${status}`;
    throw new Error(`apt-get install ${packages.join(" ")} failed: ${reason}`);
  },
};

/**
 * A package's scripts ask `policy-rc.d` before they start a service; 101 forbids it. The file is put
 * there only where the machine has none, and taken away in every case.
 */
const INSTALL_SCRIPT = `
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT TERM HUP
  printf '#!/bin/sh\\nexit 101\\n' > "$policy" && chmod 755 "$policy" || exit 1
fi
apt-get -q -o DPkg::Lock::Timeout=300 update &&
apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@"
`;
