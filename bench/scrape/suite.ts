import { type Suite, suiteOfGroups } from "../harness/suite.ts";

/** Scrapes: what one exposition costs, beside the other libraries, and by its length; how long it holds others up. */
export const scrape: Suite = suiteOfGroups(
  "scrape",
  import.meta.url,
  ["./text.ts", "./length.ts", "./stall.ts"],
  { rounds: 15, roundMs: 50 },
);
