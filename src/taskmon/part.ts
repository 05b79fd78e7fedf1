import type { MeterProvider } from "@opentelemetry/api";
import type { Settings } from "../settings/settings.ts";
import type { Step } from "../shutdown/sequence.ts";

/**
 * The contract between a room and the Taskmon object. A new room is one more entry in the list of parts.
 * All methods are optional; none throws, and each can be called at any time and more than once.
 */
export interface Part {
  /** Its name in the status and in errors: `health`. */
  readonly name: string;
  /** The Taskmon object has started, on or off. */
  start?(): void;
  /** These settings apply from now on. Called before `pause` or `resume`, and first at construction. */
  apply?(settings: Settings): void;
  /** Taskmon is turned off: remove listeners, hand back what is held. */
  pause?(): void;
  /** Taskmon is turned on again. */
  resume?(): void;
  /** Lets the part's metrics reach `provider`. */
  setMeterProvider?(provider: MeterProvider): void;
  /** Its shutdown steps before the last export, in the order of the list. */
  readonly shutdownSteps?: readonly Step[];
  /** The last export is done: remove the remaining listeners. */
  close?(): void;
  /** Its state, as plain data for a page or a command. Without secrets. */
  status?(): unknown;
}

/** The parts of one Taskmon object, called as one. */
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

  /** The status of each part by its name; parts without a status are omitted. */
  status(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(
      this.#parts.flatMap((part) =>
        part.status === undefined ? [] : [[part.name, part.status()]],
      ),
    );
  }
}
