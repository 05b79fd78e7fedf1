import type { Duplex } from "node:stream";

/**
 * Copies data between two connections, in both directions, until one of them ends.
 * @param onEnd called once, when both are closed
 */
export function joinSockets(a: Duplex, b: Duplex, onEnd: () => void): void {
  let open = 2;
  const follow = (one: Duplex, other: Duplex): void => {
    one.on("error", () => other.destroy());
    one.on("close", () => {
      other.destroy();
      if (--open === 0) onEnd();
    });
  };
  follow(a, b);
  follow(b, a);
  a.pipe(b);
  b.pipe(a);
}
