import { count, seconds } from "./figures.ts";
import type { DemoEvent } from "./events.ts";
import { type Line, type Span, span, type Tone } from "./text.ts";

/** What an event means, for people; nothing for what the tables show better. */
export function narrate(event: DemoEvent): Line | undefined {
  const told = tell(event);
  return told && [span(seconds(event.atMs).padStart(7), "faint"), span("  "), ...told];
}

/** An export as a line; its sender as far as it is known. */
export function narrateExport(
  event: DemoEvent & { readonly event: "exported" },
  sender: string | undefined,
): Line {
  return [
    span(seconds(event.atMs).padStart(7), "faint"),
    span("  OTLP: ", "faint"),
    ...(event.number === null
      ? [span("no task number", "wait")]
      : [span("task "), span(String(event.number), "number")]),
    span(sender === undefined ? "" : ` (${sender})`, "strong"),
    span(` has served ${count(event.requests)} requests`),
  ];
}

function tell(event: DemoEvent): Span[] | undefined {
  switch (event.event) {
    case "opened":
      return [
        span(`OTLP receiver at ${event.otlpUrl}; the task numbers are in ${event.folder}`, "faint"),
      ];
    case "chapter":
      return [span(`── ${event.title}`, "strong")];
    case "started":
      return about(
        event.process,
        ` starts as process ${event.pid}, and loads its sources: some seconds`,
      );
    case "serving":
      return [
        ...about(event.process, ` serves ${event.url}, metrics at ${event.metricsUrl}`),
        ...(event.pageUrl === undefined ? [] : [span(`, status page at ${event.pageUrl}`, "good")]),
      ];
    case "number":
      return event.number === null
        ? about(event.process, " has no task number yet: its exports wait", "wait")
        : [...about(event.process, " has task number ", "good"), span(`${event.number}`, "number")];
    case "probed":
      return event.success
        ? about(event.process, ` passes its probe, in ${event.durationMs.toFixed(1)} ms`, "good")
        : about(event.process, ` fails its probe: ${event.reason}`, "bad");
    case "said":
      return about(event.process, `: ${event.line}`, "wait");
    case "signal":
      return event.signal === "SIGKILL"
        ? about(event.process, " is killed: its number is its own until its lease is over", "bad")
        : about(event.process, " is told to stop: it exports, and hands its number back", "wait");
    case "ended":
      return about(
        event.process,
        ` is gone${event.signal === null ? `, with code ${event.code}` : ` (${event.signal})`}`,
        "faint",
      );
    case "finished":
      return [span(summary(event), "strong")];
    case "cleaned":
      return [span("No process and no file is left", "faint")];
    default:
      return undefined;
  }
}

function summary({ answered, counted }: { answered: number; counted: number }): string {
  const lost = answered - counted;
  const rest = lost === 0 ? "" : `; ${lost} since its last export went with the killed process`;
  return `${count(answered)} requests answered, ${count(counted)} counted by the receiver${rest}`;
}

function about(process: string, text: string, tone: Tone = "plain"): Span[] {
  return [span(process, "strong"), span(text, tone)];
}
