import type { Label } from "./labels.ts";
import type { SeriesReading } from "../points/streams.ts";
import type { Family, Member } from "./families.ts";

/** Writes families in one syntax, one series after the other. */
export interface Writer {
  /** What the resource is, where that is asked for; before everything else. */
  target(labels: readonly Label[]): void;
  /** Begins a family: what stands above it. */
  begin(family: Family): void;
  /** Begins a member of the family. */
  beginMember(member: Member): void;
  /** Writes a series as it stands now, all of it at once; or nothing where it has nothing to say. */
  series(member: Member, reading: SeriesReading): void;
  /** Ends the member: it has no more series. */
  endMember(): void;
  /** Ends the family. */
  end(family: Family): void;
  /** Ends the exposition. */
  finish(): void;
}
