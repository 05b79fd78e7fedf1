import { createReporter } from "../../shared/report.ts";
import { opened, sealed } from "../channels/envelope.ts";
import { type Child, type ChildSource, Children } from "../channels/children.ts";
import { type PrimaryMessage, type ReportPart, workerMessage } from "./messages.ts";

/** A worker that reports. */
export interface Member {
  /** The lowest index that was free when the worker joined. */
  readonly index: number;
  readonly session: string;
  /** The child with its current channel. The worker may open a new one. */
  child: Child;
  /** The time by the clock of a request for a report that it has not sent yet. */
  askedAtMs: number | undefined;
  /** Whether it answered in the last round that waited for it. */
  answers: boolean;
}

/** Listens to the events of workers. */
export interface MembersListener {
  /** A part of a worker's report was received. */
  reported(member: Member, part: ReportPart): void;
  /** The worker cannot report now. */
  failed(member: Member, error: string): void;
  /** The worker has left. */
  left(member: Member): void;
  /** A message was invalid, or there are too many workers. */
  rejected(what: string): void;
}

/** The most workers, more than any machine has processors. */
const MAX_MEMBERS = 1_024;

/** The workers that report, with an index each. */
export class Members {
  readonly #listener: MembersListener;
  readonly #bySession = new Map<string, Member>();
  readonly #children = new Map<Child, () => void>();
  readonly #followed: Children;
  readonly #report = createReporter("cluster");
  #stopped = false;

  constructor(followAll: boolean, listener: MembersListener) {
    this.#listener = listener;
    this.#followed = new Children({
      service: "scrape",
      followAll,
      onChild: (child) => this.#listen(child),
    });
  }

  add(source: ChildSource): void {
    if (!this.#stopped) this.#followed.add(source);
  }

  /** Returns all workers, the lowest index first. */
  all(): Member[] {
    return [...this.#bySession.values()].toSorted((a, b) => a.index - b.index);
  }

  /** Requests a report from a worker. */
  ask(member: Member): void {
    this.#send(member.child, { type: "collect", session: member.session });
  }

  /** Lets a worker send the next part of its report. */
  more(member: Member): void {
    this.#send(member.child, { type: "more", session: member.session });
  }

  /** Whether a worker has not left. */
  has({ session }: Member): boolean {
    return this.#bySession.has(session);
  }

  stop(): void {
    this.#stopped = true;
    this.#followed.stop();
    for (const { child } of this.#bySession.values()) this.#send(child, { type: "bye" });
    for (const [{ channel }, forget] of this.#children) {
      forget();
      channel.close();
    }
    this.#bySession.clear();
  }

  #listen(child: Child): void {
    const gone = (): void => {
      forget();
      for (const member of this.all()) {
        if (member.child === child) this.#leave(member);
      }
    };
    const endings = [
      child.channel.listen((message) => this.#hear(child, message)),
      child.channel.onClose(gone),
      child.onExit?.(gone),
    ];
    const forget = (): void => {
      this.#children.delete(child);
      for (const end of endings) end?.();
    };
    this.#children.set(child, forget);
  }

  #hear(child: Child, message: unknown): void {
    const contents = opened("scrape", message);
    if (contents === undefined) return;
    const said = contents === "version" ? undefined : workerMessage(contents);
    if (said === undefined) {
      this.#listener.rejected("A worker's message about its metrics was not understood");
      return;
    }
    const known = this.#bySession.get(said.session);
    if (said.type === "hello") {
      if (known !== undefined) known.child = child;
      else if (!this.#join(child, said.session)) return;
      this.#send(child, { type: "welcome", session: said.session });
    } else if (known?.child !== child) {
      // The session has ended, or belongs to another worker.
      return;
    } else if (said.type === "failed") {
      this.#listener.failed(known, said.error);
    } else if (said.type === "report") {
      this.#listener.reported(known, said);
    } else {
      this.#leave(known);
    }
  }

  #join(child: Child, session: string): boolean {
    if (this.#bySession.size >= MAX_MEMBERS) {
      this.#listener.rejected(`More than ${MAX_MEMBERS} workers report their metrics`);
      return false;
    }
    const taken = new Set(this.all().map((member) => member.index));
    let index = 0;
    while (taken.has(index)) index += 1;
    this.#bySession.set(session, { index, session, child, askedAtMs: undefined, answers: true });
    return true;
  }

  #leave(member: Member): void {
    if (!this.#bySession.delete(member.session)) return;
    this.#listener.left(member);
  }

  #send(child: Child, message: PrimaryMessage): void {
    child.channel.send(sealed("scrape", message)).catch((error: unknown) => {
      this.#report.warnOnce("send", "A worker could not be asked for its metrics", error);
    });
  }
}
