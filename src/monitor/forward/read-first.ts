import type { Socket } from "node:net";

type WriteCallback = (error?: Error | null) => void;

/** The most time to read what the service sent before it closed the connection. */
const READ_MS = 1_000;

/**
 * Delays write errors of a socket until it has been read to its end. A service that refuses an upload answers
 * (413, for example) and closes the connection. The next write fails, and without the delay Node.js would
 * discard the unread answer.
 */
export function readFirst<S extends Socket>(socket: S): S {
  const later = (callback: WriteCallback): WriteCallback => {
    return (error) => {
      if (error === undefined || error === null || socket.readableEnded) return callback(error);
      const fail = (): void => {
        clearTimeout(timer);
        socket.off("end", fail).off("close", fail);
        callback(error);
      };
      const timer = setTimeout(fail, READ_MS).unref();
      socket.on("end", fail).on("close", fail);
    };
  };
  // Streams implement writing with these methods.
  // oxlint-disable no-underscore-dangle
  const write = socket._write.bind(socket);
  socket._write = (chunk, encoding, callback) => write(chunk, encoding, later(callback));
  const writev = socket._writev?.bind(socket);
  if (writev !== undefined) {
    socket._writev = (chunks, callback) => writev(chunks, later(callback));
  }
  return socket;
}
