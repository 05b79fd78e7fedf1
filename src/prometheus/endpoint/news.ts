import { type Emit, eventEmitter, type Severity } from "../../shared/events.ts";
import type { Listeners } from "../../shared/listeners.ts";
import { SCRAPE_EVENTS, type ScrapeEvent, type ScrapeEvents } from "./events.ts";
import type { ScrapeSettings } from "./options.ts";

type Told = readonly [Severity, string, Parameters<Emit<string>>[3]?];

/**
 * Returns a function that reports an endpoint's event to its listeners and to the OpenTelemetry logger. It
 * never throws.
 */
export function scrapeNews(
  { events }: Pick<ScrapeSettings, "events">,
  listeners: Listeners<ScrapeEvents>,
): (event: ScrapeEvent) => void {
  const emit = eventEmitter("scrape", SCRAPE_EVENTS, events);
  return (event) => {
    const [severity, body, attributes] = inWords(event);
    emit(event.type, severity, body, attributes);
    listeners.emit(event.type, event);
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
      const body =
        "The scrape endpoint cut off connections that were still open after stopTimeoutMs";
      return ["warn", body, { "taskmon.scrape.connections": connections }];
    }
    case "stopped":
      return ["info", "The scrape endpoint has stopped"];
  }
}

function urlOf(url: string): Told[2] {
  return { "url.full": url };
}
