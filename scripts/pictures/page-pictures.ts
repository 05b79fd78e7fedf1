import { type Browser, chromium } from "playwright-core";

/** Wide enough for tables, narrow enough to be read in a README. */
export const SIZE = { width: 1_000, height: 630 };

/** Debian's chromium, without a window. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
}

/** How the page at an address looks, once its script says that it is live. */
export async function pagePicture(
  browser: Browser,
  url: string,
  theme: "light" | "dark",
): Promise<Buffer> {
  const page = await browser.newPage({ viewport: SIZE, colorScheme: theme });
  try {
    await page.goto(url);
    await page.getByText("Live", { exact: true }).waitFor();
    return await page.screenshot();
  } finally {
    await page.close();
  }
}

/** What the page has, without what differs from run to run: a line for each section, with the heads of its tables. */
export function pageStructure(html: string): string {
  const lines = html
    .split("<section")
    .slice(1)
    .map((section) => {
      const title = textOf(/<h2[^>]*>(.*?)<\/h2>/s.exec(section)?.[1]);
      const heads = Array.from(
        section.matchAll(/<th role="columnheader"[^>]*>(.*?)<\/th>/gs),
        ([, head]) => textOf(head),
      );
      return `${title}: ${heads.join(", ") || "no table"}\n`;
    });
  return lines.join("");
}

function textOf(html: string | undefined): string {
  return (html ?? "").replaceAll(/<[^>]*>/g, "").trim();
}
