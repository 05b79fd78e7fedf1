import type { Attributes } from "@opentelemetry/api";
import type { MetricStream } from "../points/streams.ts";
import type { ScopeMetricsLike } from "../points/types.ts";
import { createReporter } from "../shared/report.ts";
import { Arena, type Written } from "./bytes/arena.ts";
import { Slabs } from "./bytes/slabs.ts";
import { familiesOf, type Family } from "./families.ts";
import { ForeignStreams } from "./foreign.ts";
import { type Label, type LabelForm, labelsOf } from "./labels.ts";
import { FormatMemo } from "./memo.ts";
import type { Format } from "./negotiation/format.ts";
import type { ExpositionOptions } from "./options.ts";
import { ProtobufWriter } from "./protobuf/protobuf-writer.ts";
import { Seen } from "./seen.ts";
import { Slices } from "./slices.ts";
import { TextWriter } from "./text/text-writer.ts";
import type { Writer } from "./writer.ts";

/** The number of formats whose texts are cached. Scrapes in another format are slower. */
const MAX_FORMATS = 3;

/** The contents of one exposition. */
export interface Contents {
  /** The attributes of the process. They become `target_info`. */
  readonly resource: Attributes;
  /** Our own metrics, which are read in place. */
  readonly own: Iterable<MetricStream>;
  /** Metrics that an SDK collected. */
  readonly collected: readonly ScopeMetricsLike[];
}

/**
 * Writes expositions in slices, between which the event loop runs. From one exposition to the next it keeps
 * the beginning of every line and the memory for the lines.
 */
export class Exposition {
  readonly #slabs: Slabs = new Slabs();
  readonly #options: ExpositionOptions;
  readonly #memos = new Map<string, FormatMemo>();
  readonly #report = createReporter("prometheus");
  readonly #foreign: ForeignStreams;
  #underWay: Promise<unknown> = Promise.resolve();

  constructor(options: ExpositionOptions) {
    this.#options = options;
    this.#foreign = new ForeignStreams(this.#trouble);
  }

  /** Drops the memory that is kept for the next exposition. */
  clear(): void {
    this.#slabs.clear();
  }

  /**
   * Writes an exposition. Expositions are written one after the other, so that two never share a turn of the
   * event loop. Rejects when `signal` aborts.
   */
  write(contents: Contents, format: Format, signal?: AbortSignal): Promise<Written> {
    const written = this.#underWay.then(() => this.#write(contents, format, signal));
    this.#underWay = written.catch(() => undefined);
    return written;
  }

  async #write(contents: Contents, format: Format, signal?: AbortSignal): Promise<Written> {
    signal?.throwIfAborted();
    const memo = this.#memoOf(format);
    memo.bear(this.#constants(contents.resource, memo.labelForm));
    const { targetInfo } = this.#options;
    const families = familiesOf(
      contents.own,
      this.#foreign.of(contents.collected),
      memo,
      targetInfo ? reservedNames(format) : [],
      this.#trouble,
    );
    const arena = new Arena(this.#slabs);
    let family: Family | undefined;
    const seen = new Seen(() => this.#repeated(family!));
    const writer = this.#writer(format, arena, seen);
    if (targetInfo) writer.target(labelsOf(contents.resource, [], memo.labelForm));
    const slices = new Slices(signal);
    try {
      for (family of families) await writeFamily(writer, family, slices);
    } catch (error) {
      arena.end().release();
      throw error;
    }
    writer.finish();
    return arena.end();
  }

  #writer({ syntax }: Format, arena: Arena, seen: Seen): Writer {
    if (syntax === "protobuf") return new ProtobufWriter(arena, seen, this.#options);
    const isOpenMetrics = syntax === "openmetrics";
    return new TextWriter(arena, seen, { ...this.#options, isOpenMetrics });
  }

  /** Returns the memo of the format. Only those used last are kept. */
  #memoOf(format: Format): FormatMemo {
    const isTranslated = this.#options.names.translation.strategy.startsWith("Underscore");
    // Translated names are classic names, which these escapings do not change.
    const escaping = isTranslated && format.escaping !== "dots" ? "underscores" : format.escaping;
    const key = `${format.syntax} ${escaping}`;
    const memo = this.#memos.get(key) ?? new FormatMemo(escaping, this.#options.names);
    this.#memos.delete(key);
    this.#memos.set(key, memo);
    const [oldest] = this.#memos.keys();
    if (this.#memos.size > MAX_FORMATS) this.#memos.delete(oldest!);
    return memo;
  }

  /** The attributes of the resource that every series gets as labels. */
  #constants(resource: Attributes, form: LabelForm): Label[] {
    const isConstant = this.#options.isConstantLabel;
    const chosen = Object.entries(resource).filter(([key]) => isConstant(key));
    return labelsOf(Object.fromEntries(chosen), [], form);
  }

  readonly #trouble = (cause: string, message: string): void => {
    this.#report.warnOnce(cause, message);
  };

  #repeated({ name }: Family): void {
    this.#report.warnOnce(
      `repeat/${name}`,
      `Two series of ${name} have the same labels in Prometheus; the first is shown`,
    );
  }
}

async function writeFamily(writer: Writer, family: Family, slices: Slices): Promise<void> {
  writer.begin(family);
  for (const member of family.members) {
    const series = member.stream.series();
    member.memo.begin();
    writer.beginMember(member);
    for (let next = series.next(); next.done !== true; next = series.next()) {
      writer.series(member, next.value);
      if (slices.isOver) await slices.rest();
    }
    writer.endMember();
    member.memo.end();
  }
  writer.end(family);
}

/** The names that `target_info` uses, in OpenMetrics also the name of its family. */
function reservedNames({ syntax }: Format): string[] {
  return syntax === "openmetrics" ? ["target_info", "target"] : ["target_info"];
}
