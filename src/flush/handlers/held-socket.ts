import type { ServerResponse } from "node:http";
import type { Hold } from "./hold.ts";
import { shadow } from "./hold.ts";

/**
 * Holds everything written to an HTTP/1 response from now on in the socket's buffer, by `socket.cork()`. To
 * Node.js and the program it looks like a slow client: the response ends as usual, and `finish` and the
 * callbacks come when the bytes have left.
 * @returns undefined for a response that has no connection now, or whose connection is already held
 */
export function holdSocket(response: ServerResponse): Hold | undefined {
  const { socket } = response;
  // A pipelined response has no socket until the response before it is done.
  if (socket === null || socket.destroyed || typeof socket.cork !== "function") return undefined;
  if (Object.hasOwn(socket, "uncork")) return undefined;
  // Bytes written so far leave as usual.
  for (let corks = socket.writableCorked; corks > 0; corks--) socket.uncork();
  // `end` uncorks the socket fully, and `write` in the next tick: both only once it is released.
  let uncorks = 1;
  const restore = shadow(socket, "uncork", () => void uncorks++);
  socket.cork();
  let isReleased = false;
  const release = (): void => {
    if (isReleased) return;
    isReleased = true;
    process.removeListener("exit", release);
    restore();
    for (; uncorks > 0 && socket.writableCorked > 0; uncorks--) socket.uncork();
  };
  // Without us, the bytes would have left before a program that answers and exits is gone.
  process.on("exit", release);
  return {
    get holds() {
      return !socket.destroyed && socket.writableLength > 0;
    },
    release,
  };
}
