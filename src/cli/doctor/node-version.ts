import { type Finding, findingsOf } from "./finding.ts";

const { ok, fail } = findingsOf("node");

/** Whether Taskmon supports this version of Node.js. */
export function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 15)
    ? ok(`Node.js ${version}`)
    : fail(`Node.js ${version}, and Taskmon needs 22.15 or later`, "install a newer one");
}
