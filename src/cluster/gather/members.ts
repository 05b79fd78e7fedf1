import { createReporter } from "../../shared/report.ts";
import { opened, sealed } from "../channels/envelope.ts";
import { type Child, type ChildSource, Children } from "../channels/children.ts";
import { type PrimaryMessage, type ReportPart, workerMessage } from "./messages.ts";

/** A worker that reports. */
export interface Member {
  /** The lowest number that no other worker had when it came. */
  readonly index: number;
  readonly session: string;
  /** How it is reached; another line where it had to open a new one. */
  child: Child;
  /** When it was asked for a report that it has not given, on the clock's scale. */
  askedAtMs: number | undefined;
  /** Whether it answered when it was waited for last. */
  answers: boolean;
}

/** Told of workers. */
export interface MembersListener {
  /** A part of what a worker reports has come. */
  reported(member: Member, part: ReportPart): void;
  /** It cannot report now. */
  failed(member: Member, error: string): void;
  /** It will report no more. */
  left(member: Member): void;
  /** A message makes no sense, or there are too many workers. */
  rejected(what: string): void;
}

/** More than any machine has processors. */
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

  /** All of them, the lowest index first. */
  all(): Member[] {
    return [...this.#bySession.values()].toSorted((a, b) => a.index - b.index);
  }

  /** Asks a worker for a report. */
  ask(member: Member): void {
    this.#send(member.child, { type: "collect", session: member.session });
  }

  /** Lets a worker send the next part of its report. */
  more(member: Member): void {
    this.#send(member.child, { type: "more", session: member.session });
  }

  /** Whether a worker is still among them. */
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
      // Of a session that has ended, or of somebody else's.
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
