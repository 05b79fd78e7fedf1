import type { Section } from "./section.ts";
import { eventsSection } from "./sections/events.ts";
import { fleetSection } from "./sections/fleet.ts";
import { healthSection } from "./sections/health.ts";
import { metricsSection } from "./sections/metrics.ts";
import { overviewSection } from "./sections/overview.ts";
import { monitorsSection, probesSection } from "./sections/probes.ts";
import { processSection } from "./sections/process.ts";
import { readersSection } from "./sections/readers.ts";
import { settingsSection } from "./sections/settings.ts";

/** The parts of the page, in their order. */
export const SECTIONS: readonly Section[] = [
  overviewSection,
  readersSection,
  healthSection,
  probesSection,
  monitorsSection,
  processSection,
  fleetSection,
  settingsSection,
  eventsSection,
  metricsSection,
];
