import { SpecFileError } from "../../files/problem.ts";
import { readSet } from "../../files/read-set.ts";
import { readText } from "../../files/read-text.ts";
import type { Command, CommandCall } from "../command.ts";
import { readOrPrint } from "../problems.ts";
import { startGuard } from "../guard/program.ts";
import { type GuardPlan, GuardSection } from "../guard/section.ts";
import { loadMonitors } from "../../monitor/config/load.ts";

/** `taskmon guard FILE` */
export const guard: Command = {
  usage: "FILE",
  args: { min: 1, max: 1 },
  options: {
    check: { help: "Only check the file" },
  },
  help:
    'Runs a reverse proxy in front of the services that FILE declares under "monitors": requests are\n' +
    "forwarded while a service is up; while it is down they get a page, and the service is woken. The routes\n" +
    'are under "guard". Changes of the services in the file apply while it runs. SIGTERM and SIGINT shut it\n' +
    "down.\n" +
    "\n" +
    "Metrics are at http://127.0.0.1:9464/metrics, health at /livez and /readyz. See docs/guard.md.",
  async run(call) {
    const file = call.args[0]!;
    const plan = await readPlan(file, call);
    if (plan === undefined) return 1;
    if (call.options["check"] === true) {
      call.out(call.json ? JSON.stringify({ ok: true }) : `${file} is right`);
      return 0;
    }
    const say = (line: string): void => call.error(`taskmon guard: ${line}`);
    const { port, adminPort, ended } = await startGuard(plan, file, say);
    const scheme = plan.tls === undefined ? "http" : "https";
    const host = plan.host ?? "localhost";
    const urls = {
      url: `${scheme}://${host}:${port}`,
      metrics: `http://${plan.adminHost}:${adminPort}/metrics`,
    };
    call.out(
      call.json ? JSON.stringify(urls) : `Guards at ${urls.url}, metrics at ${urls.metrics}`,
    );
    await ended;
    return 0;
  },
};

/** The contents of the file. If it has problems, prints them and returns undefined. */
function readPlan(file: string, call: CommandCall): Promise<GuardPlan | undefined> {
  return readOrPrint(call, async () => {
    const plan = readSet([await readText(file)], { guard: new GuardSection() }).guard;
    // Each service too, before anything listens.
    await loadMonitors(file);
    if (plan !== undefined) return plan;
    throw new SpecFileError([{ file, line: 1, column: 1, message: 'there is no key "guard"' }]);
  });
}
