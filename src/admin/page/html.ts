/** HTML that is safe to show: every text in it was escaped. */
export class Html {
  readonly text: string;

  /** @internal Use {@link html}. */
  constructor(text: string) {
    this.text = text;
  }
}

/** The values that a template takes. `undefined` and `false` show nothing. */
export type Part = string | number | undefined | false | Html | readonly Part[];

/** Makes HTML of a template; what stands in it is escaped, unless it is HTML. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let text = strings[0]!;
  for (const [index, part] of parts.entries()) text += textOf(part) + strings[index + 1]!;
  return new Html(text);
}

function textOf(part: Part): string {
  if (part === undefined || part === false) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "object") return part.map(textOf).join("");
  return escaped(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!);
}
