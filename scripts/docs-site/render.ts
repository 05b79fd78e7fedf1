import { dirname, join, relative } from "node:path";
import { Marked } from "marked";
import { Slugs } from "./slug.ts";

/** A page as HTML, and what it links to. */
export interface Rendered {
  readonly html: string;
  /** The text of its first heading. */
  readonly title: string;
  /** Files of the project that it links to and that are no pages. */
  readonly files: readonly string[];
}

/**
 * Renders a page of Markdown.
 * @param page its path from the project's root
 * @param outputOf where a page of the project is in the site; undefined for what is no page
 */
export function renderPage(
  page: string,
  markdown: string,
  outputOf: (path: string) => string | undefined,
): Rendered {
  const slugs = new Slugs();
  const files: string[] = [];
  let title = page;
  const from = dirname(outputOf(page) ?? page);
  const hrefOf = (href: string): string => {
    if (/^(?:[a-z]+:|#)/i.test(href)) return href;
    const [path = "", fragment] = href.split("#");
    const target = join(dirname(page), path);
    let output = outputOf(target);
    if (output === undefined) {
      files.push(target);
      output = join("files", target);
    }
    return `${relative(from, output)}${fragment === undefined ? "" : `#${fragment}`}`;
  };
  const marked = new Marked({
    gfm: true,
    renderer: {
      heading(text, level, raw) {
        const plain = text.replaceAll(/<[^>]+>/g, "");
        if (level === 1) title = plain;
        return `<h${level} id="${slugs.of(unescaped(raw))}">${text}</h${level}>\n`;
      },
      link(href, _, text) {
        return `<a href="${escapeHtml(hrefOf(href))}">${text}</a>`;
      },
      image(href, _, text) {
        return `<img src="${escapeHtml(hrefOf(href))}" alt="${escapeHtml(text)}">`;
      },
      // A picture for light and one for dark, which Markdown has no words for.
      html: (html) =>
        html.replaceAll(
          / (src|srcset)="([^"\s]+)"/g,
          (_, name: string, href: string) => ` ${name}="${escapeHtml(hrefOf(href))}"`,
        ),
      // A wide table scrolls by itself.
      table: (head, body) =>
        `<div class="table" tabindex="0"><table><thead>${head}</thead><tbody>${body}</tbody></table></div>\n`,
    },
  });
  const html = marked.parse(markdown, { async: false }) as string;
  return { html, title, files };
}

/** Text as HTML shows it, also within an attribute. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

function unescaped(html: string): string {
  return html
    .replaceAll(/<[^>]+>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&")
    .replaceAll(/[`*]/g, "");
}
