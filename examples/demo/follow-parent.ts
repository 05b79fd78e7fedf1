// Preloaded into a process that was started with a channel to its parent: ends it gracefully when the
// parent is gone, killed or not. Does not keep the process alive.
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
process.channel?.unref();
