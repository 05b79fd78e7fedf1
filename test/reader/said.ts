import { diag, DiagLogLevel } from "@opentelemetry/api";
import { onTestFinished } from "vitest";

/** What is said on the `diag` logger until the test has finished, at level `warn` and above. */
export function listenToDiag(): string[] {
  const said: string[] = [];
  const note = (...words: unknown[]): void => void said.push(words.join(" "));
  const logger = { debug() {}, verbose() {}, info() {}, warn: note, error: note };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  onTestFinished(() => diag.disable());
  return said;
}
