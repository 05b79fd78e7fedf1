/** A part of a long list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** From 1. */
  readonly page: number;
  readonly pages: number;
  /** Of the whole list. */
  readonly total: number;
}

/** The page of a list that a text asks for; the first or last one where there is no such page. */
export function pageOf<T>(list: readonly T[], asked: string | null, size: number): Page<T> {
  const pages = Math.max(1, Math.ceil(list.length / size));
  const wanted = /^\d{1,6}$/.test(asked ?? "") ? Number(asked) : 1;
  const page = Math.min(Math.max(1, wanted), pages);
  return {
    items: list.slice((page - 1) * size, page * size),
    ...{ page, pages, total: list.length },
  };
}
