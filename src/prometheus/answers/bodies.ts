import { TaskmonError } from "../../shared/errors.ts";
import type { Written } from "../bytes/arena.ts";
import type { Format } from "../negotiation/format.ts";
import { Body } from "./body.ts";

/**
 * The most bytes that may be on their way to scrapers. Two expositions are always allowed, however long they
 * are.
 */
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_BODIES = 32;

/** Too many scrapers read too slowly, so no memory is left for another exposition. */
export class TooManyScrapesError extends TaskmonError {
  readonly code = "ERR_TASKMON_TOO_MANY_SCRAPES";

  constructor() {
    super("Too many scrapes are unfinished, because the scrapers read too slowly");
  }
}

/** Writes an exposition of the current metrics. */
export type WriteExposition = (format: Format) => Promise<Written>;

/**
 * The expositions that are being written or sent. Scrapers that ask for the same format at the same time
 * share one.
 */
export class Bodies {
  readonly #write: WriteExposition;
  readonly #underWay = new Map<string, Promise<Body>>();
  #count = 0;
  #bytes = 0;

  constructor(write: WriteExposition) {
    this.#write = write;
  }

  /**
   * Returns an exposition in this format. The caller must hold it in the same turn of the event loop.
   *
   * Rejects with a TooManyScrapesError `ERR_TASKMON_TOO_MANY_SCRAPES`, or with the error of the writer.
   */
  get(format: Format): Promise<Body> {
    const key = `${format.syntax} ${format.version} ${format.escaping}`;
    let body = this.#underWay.get(key);
    if (body === undefined) {
      if (this.#isFull) return Promise.reject(new TooManyScrapesError());
      body = this.#new(format).finally(() => this.#underWay.delete(key));
      this.#underWay.set(key, body);
    }
    return body;
  }

  get #isFull(): boolean {
    const count = this.#count + this.#underWay.size;
    return count >= MAX_BODIES || (count >= 2 && this.#bytes >= MAX_BYTES);
  }

  async #new(format: Format): Promise<Body> {
    const written = await this.#write(format);
    this.#count++;
    this.#bytes += written.length;
    const body = new Body(written, () => {
      this.#count--;
      this.#bytes -= written.length;
    });
    // Hold it until every waiting caller has it. Otherwise the first could release it before the last one
    // gets it.
    const release = body.hold();
    setImmediate(release, true);
    return body;
  }
}
