import { type Emit, eventEmitter, type Severity } from "../../shared/events.ts";
import { createReporter } from "../../shared/report.ts";
import { SCRAPE_EVENTS, type ScrapeEvent } from "./events.ts";
import type { ScrapeSettings } from "./options.ts";

type Told = readonly [Severity, string, Parameters<Emit<string>>[3]?];

/** Tells `onEvent` and the OpenTelemetry logger what happens to a scrape endpoint. Never throws. */
export function scrapeNews({
  events,
  onEvent,
}: Pick<ScrapeSettings, "events" | "onEvent">): (event: ScrapeEvent) => void {
  const report = createReporter("scrape");
  const emit = eventEmitter("scrape", SCRAPE_EVENTS, events);
  return (event) => {
    const [severity, body, attributes] = inWords(event);
    emit(event.type, severity, body, attributes);
    try {
      onEvent(event);
    } catch (error) {
      report.warnOnce("onEvent", "The listener onEvent of the scrape endpoint threw", error);
    }
  };
}

function inWords(event: ScrapeEvent): Told {
  switch (event.type) {
    case "starting":
      return ["info", `The scrape endpoint starts at ${event.address}`, urlOf(event.address)];
    case "started":
      return ["info", `The scrape endpoint serves ${event.url}`, urlOf(event.url)];
    case "failed":
    case "ended": {
      const { error, retryInMs } = event;
      const attributes = {
        "error.type": error.code,
        "exception.message": error.message,
        "taskmon.scrape.retry_delay": retryInMs / 1_000,
      };
      return ["error", error.message, attributes];
    }
    case "cut": {
      const { connections } = event;
      const body = "The scrape endpoint cut connections off, since they outlasted its stop";
      return ["warn", body, { "taskmon.scrape.connections": connections }];
    }
    case "stopped":
      return ["info", "The scrape endpoint has stopped"];
  }
}

function urlOf(url: string): Told[2] {
  return { "url.full": url };
}
