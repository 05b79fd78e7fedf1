import type { Command } from "../command.ts";
import { endpointFindings } from "../doctor/endpoint.ts";
import { environmentFindings } from "../doctor/environment.ts";
import { exporterFindings } from "../doctor/exporter.ts";
import { type Finding, findingLines, findingsOf } from "../doctor/finding.ts";
import { packageFindings } from "../doctor/packages.ts";
import { storeFindings } from "../doctor/store.ts";
import { subjectOf } from "../doctor/subject.ts";
import { nodeFinding } from "../doctor/node-version.ts";
import { messageOf } from "../../shared/errors.ts";

/** `taskmon doctor [URL]` */
export const doctor: Command = {
  usage: "[URL]",
  args: { min: 0, max: 1 },
  options: {
    pid: { value: "N", help: "Check the folder and environment of this process (Linux)" },
  },
  help:
    "Checks a setup, and says line by line what is wrong and what to do: packages and their copies,\n" +
    "variables, the store of task numbers, the OTLP receiver, the clock. With the URL of a scrape endpoint\n" +
    "it also checks the running process: its number, its readers, what is measured twice, what is dropped.\n" +
    "It changes nothing; the receiver gets an empty export. Exit code 1 if a line says fail.",
  async run(call) {
    const { pid } = call.options;
    const { folder, env, url } = subjectOf(call.args[0], typeof pid === "string" ? pid : undefined);
    const groups = await Promise.all([
      guarded("packages", async () => packageFindings(folder)),
      guarded("environment", async () => environmentFindings(env)),
      guarded("store", () => storeFindings(env)),
      guarded("exporter", () => exporterFindings(env)),
      endpointFindings(url),
    ]);
    const findings = [nodeFinding(process.versions.node), ...groups.flat()];
    call.out(
      call.json ? JSON.stringify(findings) : findings.map((one) => findingLines(one)).join("\n"),
    );
    return findings.some(({ level }) => level === "fail") ? 1 : 0;
  },
};

/** One topic that cannot be looked at leaves the others. */
async function guarded(topic: string, look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look();
  } catch (error) {
    return [findingsOf(topic).skip(`cannot be looked at: ${messageOf(error)}`)];
  }
}
