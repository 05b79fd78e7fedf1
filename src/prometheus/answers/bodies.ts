import { TaskmonError } from "../../shared/errors.ts";
import type { Written } from "../bytes/arena.ts";
import type { Format } from "../negotiation/format.ts";
import { Body } from "./body.ts";

/** So much may be on its way to scrapers; two expositions may, however long they are. */
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_BODIES = 32;

/** Too many scrapers read too slowly, so there is no memory for another exposition. */
export class TooManyScrapesError extends TaskmonError {
  readonly code = "ERR_TASKMON_TOO_MANY_SCRAPES";

  constructor() {
    super("Too many scrapes are on their way; the scrapers read too slowly");
  }
}

/** Writes an exposition of what there is now. */
export type WriteExposition = (format: Format) => Promise<Written>;

/** The expositions on their way. Who asks for a format while it is being written gets the same one. */
export class Bodies {
  readonly #write: WriteExposition;
  readonly #underWay = new Map<string, Promise<Body>>();
  #count = 0;
  #bytes = 0;

  constructor(write: WriteExposition) {
    this.#write = write;
  }

  /**
   * An exposition in this format; to be held in the same turn.
   *
   * Rejects with a TooManyScrapesError `ERR_TASKMON_TOO_MANY_SCRAPES`, or as the writing does.
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
    // Until all who waited have it, so that the first does not let it go before the last has come.
    const release = body.hold();
    setImmediate(release, true);
    return body;
  }
}
