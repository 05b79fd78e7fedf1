import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { apiPages } from "./api.ts";
import { escapeHtml, renderPage, type Rendered } from "./render.ts";

interface SitePage extends Rendered {
  /** Where it is in the site. */
  readonly output: string;
}

/**
 * Writes the site: a page for each page of the project, and one for each entry point of the package. It
 * takes nothing from the network, neither now nor when it is read.
 * @returns the pages, from the site's folder
 */
export function writeSite(root: string, site: string): string[] {
  rmSync(site, { recursive: true, force: true });
  const pages = pagesOf(root);
  const outputs = new Map(pages.map((page) => [page, outputOf(page)]));
  const rendered: SitePage[] = pages.map((page) => ({
    output: outputs.get(page)!,
    ...renderPage(page, readFileSync(join(root, page), "utf8"), (path) => outputs.get(path)),
  }));
  for (const { entry, markdown } of apiPages(root)) {
    const output = `api/${entry.replaceAll("/", "-")}.html`;
    rendered.push({ output, ...renderPage(output, markdown, () => undefined) });
  }
  for (const page of rendered) {
    write(join(site, page.output), frame(page, rendered));
    for (const file of page.files) {
      const to = join(site, "files", file);
      mkdirSync(dirname(to), { recursive: true });
      cpSync(join(root, file), to, { recursive: true });
    }
  }
  cpSync(join(import.meta.dirname, "style.css"), join(site, "style.css"));
  return rendered.map(({ output }) => output);
}

/** The project's pages: the index of the docs is the site's first. */
function pagesOf(root: string): string[] {
  const docs = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" });
  return [
    ...docs.filter((file) => file.endsWith(".md")).map((file) => join("docs", file)),
    ...["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "examples/README.md"],
  ].toSorted();
}

function outputOf(page: string): string {
  if (page === "docs/README.md") return "index.html";
  const name = page.replace(/^docs\//, "").replace(/\.md$/, "");
  return page.startsWith("docs/") ? `${name}.html` : `project/${name.toLowerCase()}.html`;
}

function frame(page: SitePage, all: readonly SitePage[]): string {
  const from = dirname(page.output);
  const link = ({ output, title }: SitePage): string => {
    const current = output === page.output ? ' aria-current="page"' : "";
    return `<li><a href="${relative(from, output)}"${current}>${escapeHtml(unescapeTitle(title))}</a></li>`;
  };
  const list = (title: string, wanted: (output: string) => boolean): string => {
    const links = all.filter(({ output }) => wanted(output)).map(link);
    return `<h2>${title}</h2><ul>${links.join("")}</ul>`;
  };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title} – Taskmon</title>
<link rel="stylesheet" href="${relative(from, "style.css")}">
</head>
<body>
<nav aria-label="Pages">
<a href="${relative(from, "index.html")}">Taskmon</a>
${list("Pages", (output) => !/^(?:api|project|decisions)\//.test(output) && output !== "index.html")}
${list("API", (output) => output.startsWith("api/"))}
${list("Decisions", (output) => output.startsWith("decisions/"))}
${list("Project", (output) => output.startsWith("project/"))}
</nav>
<main>
${page.html}</main>
</body>
</html>
`;
}

function unescapeTitle(html: string): string {
  return html.replaceAll("&#39;", "'").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
