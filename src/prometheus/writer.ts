import type { Label } from "./labels.ts";
import type { SeriesReading } from "../points/streams.ts";
import type { Family, Member } from "./families.ts";

/** Writes families in one syntax, one series after the other. */
export interface Writer {
  /** Writes the resource as `target_info`, before everything else. */
  target(labels: readonly Label[]): void;
  /** Begins a family. */
  begin(family: Family): void;
  /** Begins a member of the family. */
  beginMember(member: Member): void;
  /** Writes the current values of a series in one go, or nothing if it has no value. */
  series(member: Member, reading: SeriesReading): void;
  /** Ends the member after its last series. */
  endMember(): void;
  /** Ends the family. */
  end(family: Family): void;
  /** Ends the exposition. */
  finish(): void;
}
