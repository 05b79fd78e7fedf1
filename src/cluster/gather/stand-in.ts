import { type OwnStreams, type StreamSource, takesStreams } from "../../points/streams.ts";
import type { AttachableReader } from "../../sdk/types.ts";
import { directSource } from "./read.ts";

/** What a reader answers in another's stead. */
export interface Answers {
  readonly collect: AttachableReader["collect"];
  /** The same for a reader that reads metrics where they are kept; undefined where it is to ask `collect`. */
  readonly own: () => OwnStreams | undefined;
}

/** A reader as it was, and how it is that again. */
export interface Before {
  readonly collect: AttachableReader["collect"];
  /** Where its metrics were read where they are kept. */
  readonly source: StreamSource | undefined;
  restore(): void;
}

/** Has a reader answer otherwise than it would, be it by `collect` or by streams. */
export function standIn(reader: AttachableReader, { collect, own }: Answers): Before {
  const before: AttachableReader["collect"] = Reflect.get(reader, "collect");
  const source = directSource(reader);
  const streams: StreamSource = { collect, own };
  const bound = before.bind(reader);
  reader.collect = collect;
  if (takesStreams(reader)) reader.setStreamSource(streams);
  return {
    collect: bound,
    source,
    restore() {
      // Somebody may have put another one before it since.
      if (reader.collect === collect) reader.collect = before;
      if (takesStreams(reader) && reader.streamSource === streams) reader.setStreamSource(source);
    },
  };
}
