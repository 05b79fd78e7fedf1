/** The code of the thread of `own-thread.ts`: a file, or a text that needs no file. */
export type WorkerSource = { readonly file: URL } | { readonly text: string };

/**
 * The source file `worker.ts`. The built package has the text of the whole thread here (scripts/build.ts), so
 * that it runs in any bundle, where there is no such file.
 */
export const workerSource: WorkerSource = { file: new URL("./worker.ts", import.meta.url) };
