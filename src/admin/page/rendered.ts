import { messageOf } from "../../shared/errors.ts";
import { createReporter } from "../../shared/report.ts";
import type { AdminContext } from "../context.ts";
import { tagOf } from "../tagged-answer.ts";
import { html } from "./html.ts";
import { trouble } from "./parts.ts";
import type { Section, Shown } from "./section.ts";
import { SECTIONS } from "./sections.ts";

/** A section as it is now. */
export interface Rendered {
  readonly id: string;
  readonly title: string;
  /** Of what the section shows: the same for the same data. */
  readonly tag: string;
  /** Made when it is first asked for: of what somebody has already, nothing is made. Never throws. */
  readonly text: () => string;
}

/** For so long everyone who looks gets the same, unless something happens: many pages cost what one does. */
const KEPT_MS = 1_900;

const MAX_KEPT = 100;

interface Kept {
  readonly atMs: number;
  readonly revision: number;
  readonly loaded: Promise<Loaded>;
}

interface Loaded {
  /** The data as text. */
  readonly json: string;
  readonly rendered: Rendered;
}

/** The sections of the page, made when somebody asks, and no more often than the script of one page asks. */
export class RenderedSections {
  readonly #context: AdminContext;
  readonly #report = createReporter("admin");
  readonly #kept = new Map<string, Kept>();

  constructor(context: AdminContext) {
    this.#context = context;
  }

  /**
   * Sections, as the query asks for them. Never rejects.
   * @param only their ids; undefined for all
   */
  some(query: URLSearchParams, only?: ReadonlySet<string>): Promise<Rendered[]> {
    const asked = SECTIONS.filter(({ id }) => only === undefined || only.has(id));
    return Promise.all(asked.map(async (section) => (await this.#one(section, query)).rendered));
  }

  #one(section: Section, query: URLSearchParams): Promise<Loaded> {
    const { settings, recent } = this.#context;
    const { revision } = recent;
    // Links carry all that the query says, so that a section with links is another under another query.
    const read = section.reads.length === 0 ? NOTHING : known(query);
    const key = `${section.id}\n${read.toString()}`;
    const now = settings.clock.now();
    const before = this.#kept.get(key);
    const isFresh =
      before?.revision === revision && now - before.atMs < (section.keptMs ?? KEPT_MS);
    if (isFresh) return before.loaded;
    const loaded = this.#load(section, read, before?.loaded);
    this.#kept.delete(key);
    this.#kept.set(key, { atMs: now, revision, loaded });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MAX_KEPT) break;
      this.#kept.delete(oldest);
    }
    return loaded;
  }

  /** @returns the previous value if the data are the same */
  async #load(
    section: Section,
    read: URLSearchParams,
    before: Promise<Loaded> | undefined,
  ): Promise<Loaded> {
    const { clock } = this.#context.settings;
    let json: string;
    let show: () => Shown;
    try {
      const data: unknown = await section.load(this.#context, read);
      // All shown data pass here, so that no secret reaches the page.
      json = this.#context.redactor.json(data);
      show = () => section.show(JSON.parse(json) as never, read, clock.wallTime());
    } catch (error) {
      json = `failed: ${messageOf(error)}`;
      show = () => this.#failed(section, error);
    }
    const same = await before;
    if (same?.json === json) return same;
    const { id, title } = section;
    const tag = tagOf([id, read.toString(), json].join("\n"));
    let made: { readonly text: string; readonly atMs: number } | undefined;
    const text = (): string => {
      const now = clock.now();
      // The page also draws the remaining time of the lease, which is not in the data.
      if (made === undefined || now - made.atMs >= KEPT_MS)
        made = { text: this.#text(section, show), atMs: now };
      return made.text;
    };
    return { json, rendered: { id, title, tag, text } };
  }

  #text(section: Section, show: () => Shown): string {
    const { id, title } = section;
    let shown: Shown;
    try {
      shown = show();
    } catch (error) {
      shown = this.#failed(section, error);
    }
    return html`<header>
        <h2 id="${id}-title">${title}</h2>
        ${shown.aside !== undefined && html`<p class="aside">${shown.aside}</p>`}
      </header>
      ${shown.body}`.text;
  }

  #failed({ id, title }: Section, error: unknown): Shown {
    this.#report.warnOnce(`section ${id}`, `The section ${title} cannot be shown`, error);
    const why = this.#context.redactor.text(messageOf(error));
    return { body: trouble("This cannot be shown now", why) };
  }
}

/** The allowed query parameters; links drop all others. */
const KNOWN = new Set(SECTIONS.flatMap(({ reads }) => reads));

const NOTHING = new URLSearchParams();

function known(query: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...query].filter(([name]) => KNOWN.has(name)));
}
