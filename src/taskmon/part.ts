import type { MeterProvider } from "@opentelemetry/api";
import type { Settings } from "../settings/settings.ts";
import type { Step } from "../shutdown/sequence.ts";

/**
 * A room as the whole sees it. A new room is one more entry in the list of parts; what it leaves out does
 * not concern it. No method throws, and each may be called at any time and more than once.
 */
export interface Part {
  /** What people call it, in the status and in errors: `health`. */
  readonly name: string;
  /** The whole has begun, whether on or off. */
  start?(): void;
  /** These settings hold from now on. Called before `pause` or `resume`, and first at construction. */
  apply?(settings: Settings): void;
  /** All of Taskmon is off: take listeners away, hand back what is held. */
  pause?(): void;
  /** It is on again. */
  resume?(): void;
  /** Lets the part's metrics reach `provider`. */
  setMeterProvider?(provider: MeterProvider): void;
  /** What it ends before the last export, in the order of the list. */
  readonly shutdownSteps?: readonly Step[];
  /** Everything has left: let go of what is still listened to. */
  close?(): void;
  /** How it stands, as plain data for a page or a command. Nothing secret. */
  status?(): unknown;
}

/** The parts of one Taskmon object, told as one. */
export class PartList implements Required<Omit<Part, "name">> {
  readonly #parts: readonly Part[];

  constructor(parts: readonly Part[]) {
    this.#parts = parts;
  }

  get shutdownSteps(): readonly Step[] {
    return this.#parts.flatMap(({ shutdownSteps = [] }) => shutdownSteps);
  }

  start(): void {
    for (const part of this.#parts) part.start?.();
  }

  apply(settings: Settings): void {
    for (const part of this.#parts) {
      part.apply?.(settings);
      if (settings.enabled) part.resume?.();
      else part.pause?.();
    }
  }

  pause(): void {
    for (const part of this.#parts) part.pause?.();
  }

  resume(): void {
    for (const part of this.#parts) part.resume?.();
  }

  setMeterProvider(provider: MeterProvider): void {
    for (const part of this.#parts) part.setMeterProvider?.(provider);
  }

  close(): void {
    for (const part of this.#parts) part.close?.();
  }

  /** Each part's status by its name; parts without one are left out. */
  status(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(
      this.#parts.flatMap((part) =>
        part.status === undefined ? [] : [[part.name, part.status()]],
      ),
    );
  }
}
