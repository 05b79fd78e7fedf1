import { messageOf } from "../../shared/errors.ts";
import { numberOf, textOf } from "../choice.ts";
import type { Command, ExitCode } from "../command.ts";
import { type Standing, standingOf } from "../top/health.ts";
import { read } from "../top/read.ts";
import { shown } from "../top/shown.ts";
import { urlOf } from "../top/url.ts";
import { UsageError } from "../usage-error.ts";

/** `taskmon status URL` */
export const status: Command = {
  usage: "URL",
  args: { min: 1, max: 1 },
  options: {
    timeout: { value: "SECONDS", help: "How long the process may take to answer; 5 by default" },
    strict: { help: "A warning is a failure too" },
    hex: { value: "PREFIX", help: "The metrics use hexNaming with this prefix" },
  },
  help:
    "Reports the health of a process, from its health answers or its metrics: exit code 0 if it passes or\n" +
    "warns, 1 if it fails or does not answer. host:8080 is http://host:8080/health; host:9464/metrics reads\n" +
    "the metrics.",
  async run(call) {
    const url = urlOf(call.args[0]!, "/health");
    const seconds = numberOf(call, "timeout") ?? 5;
    if (!(seconds > 0 && seconds <= 3_600)) throw new UsageError("--timeout expects seconds");
    const accept = "application/health+json, text/plain;q=0.5";
    const standing: Standing = await read(url, { timeoutMs: seconds * 1_000, accept }).then(
      (answer) => standingOf(answer, textOf(call, "hex")),
      (error: unknown) => ({ status: "fail", notes: [messageOf(error)] }),
    );
    call.out(
      call.json
        ? JSON.stringify(standing)
        : [standing.status, ...standing.notes.map((note) => `  ${shown(note)}`)].join("\n"),
    );
    return exitCode(standing, call.options["strict"] === true);
  },
};

function exitCode(standing: Standing, strict: boolean): ExitCode {
  return standing.status === "fail" || (strict && standing.status === "warn") ? 1 : 0;
}
