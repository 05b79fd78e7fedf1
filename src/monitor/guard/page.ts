import type { PageView } from "./page-view.ts";

/** Our page. It works without scripts, in light and dark mode, with screen readers, and loads no other files. */
export function waitingPage(view: PageView): string {
  const { service, status, message, retryAfterSeconds, reloads, eventsPath, progress } = view;
  const name = escapeHtml(service);
  const isWaiting = status === 503;
  const title = isWaiting ? `${name} is not ready yet` : `${name} could not answer`;
  const data = [
    ` data-retry="${retryAfterSeconds}"`,
    ...(reloads ? [" data-reloads"] : []),
    ...(eventsPath === undefined ? [] : [` data-events="${escapeHtml(eventsPath)}"`]),
  ].join("");
  const refresh = `<noscript><meta http-equiv="refresh" content="${retryAfterSeconds}"></noscript>\n`;
  const value = progress === undefined ? "" : ` value="${progress.toFixed(2)}"`;
  const bar = `<progress id="progress" aria-label="Waiting for ${name}"${value}></progress>\n`;
  const after = reloads
    ? `You need not do anything: this page opens ${name} as soon as it is ready.`
    : "What you sent was not delivered. Go back and send it again in a moment.";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title}</title>
${reloads ? refresh : ""}<style>${STYLE}</style>
</head>
<body>
<main${data}>
<h1>${title}</h1>
<p id="status" role="status">${escapeHtml(message)}</p>
${isWaiting && reloads ? bar : ""}<p class="aside">${after}</p>
</main>
${reloads ? `<script>${SCRIPT}</script>\n` : ""}</body>
</html>
`;
}

/** The user's template with its placeholders filled in. */
export function filledTemplate(template: string, view: PageView): string {
  const values: Readonly<Record<string, string>> = {
    service: view.service,
    status: String(view.status),
    retryAfterSeconds: String(view.retryAfterSeconds),
    message: view.message,
    events: view.eventsPath ?? "",
  };
  return template.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (whole, key: string) =>
    Object.hasOwn(values, key) ? escapeHtml(values[key]!) : whole,
  );
}

/** Escapes a text for an HTML element or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const STYLE = `
:root{color-scheme:light dark;--text:#1d232b;--soft:#56606d;--back:#f6f7f9;--card:#fff;--line:#dde1e7;--accent:#1f6feb}
@media (prefers-color-scheme:dark){:root{--text:#e8ebef;--soft:#a4adb9;--back:#14171c;--card:#1d2128;--line:#333a45;--accent:#6ea8fe}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--back);color:var(--text);font:1.0625rem/1.55 system-ui,sans-serif}
main{width:100%;max-width:34rem;padding:2.25rem;background:var(--card);border:1px solid var(--line);border-radius:.75rem}
h1{margin:0 0 .75rem;font-size:1.5rem;line-height:1.25;overflow-wrap:anywhere}
p{margin:0 0 1.25rem;overflow-wrap:anywhere}
p:last-child{margin:0}
.aside{color:var(--soft)}
progress{display:block;width:100%;height:.5rem;margin:0 0 1.25rem;accent-color:var(--accent)}
`;

// The page reloads when the event stream reports `up`; without a stream, after Retry-After.
const SCRIPT = `
(() => {
  const main = document.querySelector("main");
  const status = document.getElementById("status");
  const bar = document.getElementById("progress");
  const { retry, events } = main.dataset;
  const reload = () => location.reload();
  const later = () => setTimeout(reload, retry * 1000);
  if (!events || !window.EventSource) return later();
  const source = new EventSource(events);
  source.addEventListener("up", () => {
    source.close();
    // Spread the reloads of all waiting pages.
    setTimeout(reload, Math.random() * 300);
  });
  source.addEventListener("waiting", ({ data }) => {
    const { message, progress } = JSON.parse(data);
    if (status.textContent !== message) status.textContent = message;
    if (bar && progress !== undefined) bar.value = progress;
  });
  source.onerror = () => {
    source.close();
    later();
  };
})();
`;

let policy: string | undefined;

/** Lets the page's own style and script run, and nothing else. */
export function ownPolicy(): string {
  return (policy ??= [
    "default-src 'none'",
    `style-src '${hashOf(STYLE)}'`,
    `script-src '${hashOf(SCRIPT)}'`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "));
}

function hashOf(text: string): string {
  const { createHash } = process.getBuiltinModule("node:crypto");
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
