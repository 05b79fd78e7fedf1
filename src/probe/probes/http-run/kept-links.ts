import type { Link } from "./link.ts";

/** The most idle connections that are kept for one target and origin. */
const MAX_IDLE = 8;

/** Idle connections for the next run, by target and origin. */
export class KeptLinks {
  readonly #idle = new Map<string, Map<string, Link[]>>();

  /** A kept connection that is still open; undefined if there is none. */
  take(target: string, origin: string): Link | undefined {
    const links = this.#idle.get(target)?.get(origin) ?? [];
    for (let link = links.pop(); link !== undefined; link = links.pop()) {
      if (isOpen(link)) {
        link.socket.ref();
        return link;
      }
      link.close();
    }
    return undefined;
  }

  /** Keeps a connection for later. It does not keep the process alive. */
  give(target: string, origin: string, link: Link): void {
    const origins = this.#idle.get(target) ?? new Map<string, Link[]>();
    this.#idle.set(target, origins);
    const links = (origins.get(origin) ?? []).filter(isOpen);
    origins.set(origin, links);
    if (links.length >= MAX_IDLE || !isOpen(link)) return link.close();
    link.reused = true;
    link.socket.unref();
    links.push(link);
  }

  /** Closes the connections of a target, or all. */
  close(target?: string): void {
    for (const [name, origins] of this.#idle) {
      if (target !== undefined && name !== target) continue;
      for (const links of origins.values()) for (const link of links) link.close();
      this.#idle.delete(name);
    }
  }
}

function isOpen({ socket, session }: Link): boolean {
  return !socket.destroyed && socket.writable && session?.closed !== true;
}
