/** The command line is wrong: exit code 2, with this sentence and the usage. */
export class UsageError extends Error {}
