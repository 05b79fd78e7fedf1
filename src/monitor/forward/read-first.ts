import type { Socket } from "node:net";

type WriteCallback = (error?: Error | null) => void;

/** How long what a service said before it hung up may take to be read. */
const READ_MS = 1_000;

/**
 * Lets a connection be read to its end before it breaks over a write. A service that refuses an upload answers
 * (413, say), and hangs up; what is written after that fails, and Node.js would throw the answer away unread.
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
  // The methods by which Node.js has writing extended.
  // oxlint-disable no-underscore-dangle
  const write = socket._write.bind(socket);
  socket._write = (chunk, encoding, callback) => write(chunk, encoding, later(callback));
  const writev = socket._writev?.bind(socket);
  if (writev !== undefined) {
    socket._writev = (chunks, callback) => writev(chunks, later(callback));
  }
  return socket;
}
