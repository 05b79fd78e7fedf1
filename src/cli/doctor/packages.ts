import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { TESTED_VERSIONS } from "../../sdk/versions.ts";
import { VERSION } from "../../shared/version.ts";
import { versionAt, versionOf } from "../installed.ts";
import { type Finding, findingsOf } from "./finding.ts";

const { ok, warn, fail } = findingsOf("packages");

/** Metrics of these are Taskmon's too. */
const DOUBLES: Readonly<Record<string, string>> = {
  "prom-client":
    "promClientBridge(register) exports its registry through the same readers (docs/moving-from-prom-client.md)",
  "@prometheus-io/client":
    "promClientBridge(register) exports its registry through the same readers (docs/moving-from-prom-client.md)",
};

/** Checks the packages of a folder: the SDK's line, and duplicate copies. */
export function packageFindings(folder: string): Finding[] {
  const api = versionOf(folder, "@opentelemetry/api");
  const sdk = versionOf(folder, "@opentelemetry/sdk-metrics");
  const own = versionOf(folder, "taskmon");
  const findings = [apiFinding(api), sdkFinding(sdk)];
  if (own !== undefined && own !== VERSION) {
    findings.push(
      warn(
        `taskmon ${own} is installed, and this is ${VERSION}`,
        "run it as npx taskmon in the folder of the service",
      ),
    );
  }
  for (const name of ["@opentelemetry/api", "@opentelemetry/sdk-metrics", "taskmon"]) {
    const copies = copiesOf(folder, name);
    if (copies.length < 2) continue;
    const message = `${copies.length} copies of ${name}: ${copies.join(", ")}`;
    const advice = `let npm install one: npm dedupe, or "overrides" in package.json (npm ls ${name} says who wants which)`;
    findings.push(warn(message, advice));
  }
  for (const [name, advice] of Object.entries(DOUBLES)) {
    const version = versionOf(folder, name);
    if (version !== undefined) findings.push(warn(`${name} ${version} is installed too`, advice));
  }
  return findings;
}

function apiFinding(version: string | undefined): Finding {
  if (version === undefined) {
    return fail("@opentelemetry/api is not installed here", "npm install @opentelemetry/api");
  }
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major === 1 && minor >= 9
    ? ok(`@opentelemetry/api ${version}`)
    : fail(
        `@opentelemetry/api ${version}, and Taskmon needs 1.9 or later`,
        "npm install @opentelemetry/api@1",
      );
}

function sdkFinding(version: string | undefined): Finding {
  if (version === undefined) {
    return ok("no @opentelemetry/sdk-metrics: metrics leave by the scrape endpoint alone");
  }
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isTaken = (major === 2 && minor >= 12) || (major === 3 && minor >= 1);
  if (!isTaken) {
    return fail(
      `@opentelemetry/sdk-metrics ${version}, and Taskmon works with 2.12 and later, and 3.1 and later`,
      "npm install @opentelemetry/sdk-metrics@3",
    );
  }
  const isTested = (TESTED_VERSIONS as readonly string[]).includes(version);
  return ok(`@opentelemetry/sdk-metrics ${version}${isTested ? ", which is tested" : ""}`);
}

/** The versions of a package's copies: at the top, and one level below it in other packages. */
function copiesOf(folder: string, name: string): string[] {
  const modules = nearestModules(folder);
  if (modules === undefined) return [];
  const holders = namesIn(modules).map((holder) => join(modules, holder, "node_modules", name));
  return [join(modules, name), ...holders].flatMap((path) => versionAt(path) ?? []);
}

function nearestModules(folder: string): string | undefined {
  const modules = join(folder, "node_modules");
  if (existsSync(modules)) return modules;
  const parent = dirname(folder);
  return parent === folder ? undefined : nearestModules(parent);
}

function namesIn(modules: string): string[] {
  return readdirSync(modules).flatMap((name) => {
    if (name.startsWith(".")) return [];
    if (!name.startsWith("@")) return [name];
    return readdirSync(join(modules, name)).map((inner) => join(name, inner));
  });
}
