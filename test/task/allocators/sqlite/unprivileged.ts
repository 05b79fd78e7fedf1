const NOBODY = 65_534;

/** Whether this process may do everything, whatever the modes of files say. */
export const isRoot: boolean = process.geteuid?.() === 0;

/** Runs `act` under the rule of file modes: root becomes nobody for that long. */
export async function unprivileged<T>(act: () => T | Promise<T>): Promise<T> {
  if (!isRoot) return act();
  process.seteuid!(NOBODY);
  try {
    return await act();
  } finally {
    process.seteuid!(0);
  }
}
