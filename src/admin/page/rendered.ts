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
  /** The same for the same text. */
  readonly tag: string;
  readonly text: string;
}

/** For so long everyone who looks gets the same, unless something happens: many pages cost what one does. */
const KEPT_MS = 1_900;

const MAX_KEPT = 100;

/** The sections of the page, made when somebody asks, and no more often than the script of one page asks. */
export class RenderedSections {
  readonly #context: AdminContext;
  readonly #report = createReporter("admin");
  readonly #kept = new Map<
    string,
    { readonly atMs: number; readonly rendered: Promise<Rendered> }
  >();

  constructor(context: AdminContext) {
    this.#context = context;
  }

  /** All sections, as the query asks for them. Never rejects. */
  all(query: URLSearchParams): Promise<Rendered[]> {
    return Promise.all(SECTIONS.map((section) => this.#one(section, query)));
  }

  #one(section: Section, query: URLSearchParams): Promise<Rendered> {
    const { settings, recent } = this.#context;
    const { clock } = settings;
    const key = [section.id, recent.revision, ...section.reads.map((name) => query.get(name))].join(
      "\n",
    );
    const now = clock.now();
    const known = this.#kept.get(key);
    if (known !== undefined && now - known.atMs < KEPT_MS) return known.rendered;
    const rendered = this.#render(section, query);
    this.#kept.delete(key);
    this.#kept.set(key, { atMs: now, rendered });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MAX_KEPT) break;
      this.#kept.delete(oldest);
    }
    return rendered;
  }

  async #render(section: Section, query: URLSearchParams): Promise<Rendered> {
    const { id, title } = section;
    const read = new URLSearchParams([...query].filter(([name]) => KNOWN.has(name)));
    let shown: Shown;
    try {
      const data: unknown = await section.load(this.#context, read);
      // What is shown went through here: no secret gets further.
      const clean: unknown = JSON.parse(this.#context.redactor.json(data));
      shown = section.show(clean as never, read, this.#context.settings.clock.wallTime());
    } catch (error) {
      this.#report.warnOnce(`section ${id}`, `The section ${title} cannot be shown`, error);
      const why = this.#context.redactor.text(messageOf(error));
      shown = { body: trouble("This cannot be shown now", why) };
    }
    const { text } = html`<header>
        <h2 id="${id}-title">${title}</h2>
        ${shown.aside !== undefined && html`<p class="aside">${shown.aside}</p>`}
      </header>
      ${shown.body}`;
    return { id, title, text, tag: tagOf(id + text) };
  }
}

/** What a query may say; the rest is dropped from links. */
const KNOWN = new Set(SECTIONS.flatMap(({ reads }) => reads));
