/** Makes a text from outside safe: it must not move the cursor or break the line. */
export function shown(text: string): string {
  // oxlint-disable-next-line no-control-regex -- we look for control characters
  return text.replaceAll(/[\u0000-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g, "?");
}
