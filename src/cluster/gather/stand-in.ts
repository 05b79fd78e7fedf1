import { type OwnStreams, type StreamSource, takesStreams } from "../../points/streams.ts";
import type { AttachableReader } from "../../sdk/types.ts";
import { directSource } from "./read.ts";

/** The replacement for a reader's own collection. */
export interface Answers {
  readonly collect: AttachableReader["collect"];
  /** The same for a reader that reads metrics in place. Undefined if it must call `collect`. */
  readonly own: () => OwnStreams | undefined;
}

/** The reader's original behaviour, and a way to restore it. */
export interface Before {
  readonly collect: AttachableReader["collect"];
  /** The original source for reading metrics in place. */
  readonly source: StreamSource | undefined;
  restore(): void;
}

/** Replaces a reader's `collect` and stream source. */
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
      // Another wrapper may have replaced `collect` since.
      if (reader.collect === collect) reader.collect = before;
      if (takesStreams(reader) && reader.streamSource === streams) reader.setStreamSource(source);
    },
  };
}
