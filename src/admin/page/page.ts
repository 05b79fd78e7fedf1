import type { Caller } from "../access.ts";
import { assetPath } from "../assets.ts";
import type { AdminContext } from "../context.ts";
import { Html, html } from "./html.ts";
import type { Rendered } from "./rendered.ts";

/** The whole page. */
export function pageHtml(
  { taskmon, settings, redactor }: AdminContext,
  sections: readonly Rendered[],
  who: Caller,
): string {
  const { serviceName, jobName, region } = taskmon.task.target;
  const [service, job] = [redactor.text(serviceName), redactor.text(jobName)];
  const place = [job === service ? undefined : job, region].filter((part) => part !== undefined);
  const number = taskmon.task.number;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${service}${number !== undefined && ` ${number}`} · Taskmon</title>
        <link rel="icon" href="${assetPath("favicon.svg")}" type="image/svg+xml" />
        <link rel="stylesheet" href="${assetPath("page.css")}" />
        <script type="module" src="${assetPath("page.js")}"></script>
      </head>
      <body data-now="${settings.clock.wallTime()}" data-role="${who.role ?? "nobody"}">
        <a class="skip" href="#main">Skip to the content</a>
        <header class="top">
          <div class="brand">
            <p class="over">Taskmon${place.length > 0 && ` · ${place.join(" · ")}`}</p>
            <h1>${service}</h1>
          </div>
          <div class="live">
            <p id="live" role="status">Reload to see what is new.</p>
            <button type="button" id="pause" hidden aria-pressed="false">Pause updates</button
            ><button type="button" id="unlock" hidden>Unlock actions</button>
          </div>
        </header>
        <nav class="jump" aria-label="Sections">
          <ul>
            ${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}
          </ul>
        </nav>
        <main id="main" tabindex="-1">
          <aside id="watched" aria-label="Watched series" hidden></aside>
          ${sections.map(
            ({ id, tag, text }) =>
              html`<section id="${id}" aria-labelledby="${id}-title" data-tag="${tag}">
                ${new Html(text())}
              </section> `,
          )}
        </main>
        <footer>
          <p>Read as JSON: <a href="api/v1">api/v1</a></p>
        </footer>
        <dialog id="ask" aria-labelledby="ask-title">
          <form method="dialog">
            <h2 id="ask-title"></h2>
            <div id="ask-fields"></div>
            <p id="ask-problem" role="alert"></p>
            <p class="acts">
              <button type="button" id="ask-cancel">Cancel</button
              ><button id="ask-go">Go on</button>
            </p>
          </form>
        </dialog>
      </body>
    </html> `.text;
}
