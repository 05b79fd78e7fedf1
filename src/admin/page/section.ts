import type { AdminContext } from "../context.ts";
import type { Html, Part } from "./html.ts";

/** A part of the page. */
export interface Section {
  /** In links and updates. */
  readonly id: string;
  readonly title: string;
  /** The query parameters that it reads: with the same values it shows the same. */
  readonly reads: readonly string[];
  /** How long, in milliseconds, all viewers share loaded data, unless an event happens. @default 1900 */
  readonly keptMs?: number;
  /** Plain data; secrets are taken out of it before it is shown. */
  load(context: AdminContext, query: URLSearchParams): unknown;
  /** Renders the data. */
  show(data: never, query: URLSearchParams, nowMs: number): Shown;
}

/** The content of a section. */
export interface Shown {
  /** Beside the title: how many, and how they stand. */
  readonly aside?: Part;
  readonly body: Html;
}

/** A section whose data and look belong together. */
export function section<T>(
  given: Omit<Section, "load" | "show"> & {
    load(context: AdminContext, query: URLSearchParams): T | Promise<T>;
    show(data: T, query: URLSearchParams, nowMs: number): Shown;
  },
): Section {
  return given;
}
