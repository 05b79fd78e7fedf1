/**
 * The subject alternative names of a certificate, from the text that Node.js makes of them:
 * `DNS:a.example, URI:spiffe://b`. It quotes a name that holds a comma or a quote, as JSON (CVE-2021-44532), so
 * that a name cannot pass for two.
 */
export function subjectNames(text: string | undefined): string[] {
  const names: string[] = [];
  const pattern = /\s*([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:,|$)/gy;
  let end = 0;
  for (const match of (text ?? "").matchAll(pattern)) {
    end = match.index + match[0].length;
    const [, kind, value] = match as unknown as [string, string, string];
    names.push(`${kind}:${value.startsWith('"') ? unquoted(value) : value.trim()}`);
  }
  // A text that cannot be parsed to its end is not trusted at all.
  return end === (text ?? "").length ? names : [];
}

function unquoted(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    return "";
  }
}
