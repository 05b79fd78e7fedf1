import { fieldsOf, objectsIn } from "../../files/fields.ts";
import type { FileSection } from "../../files/section.ts";
import type { SpecFile } from "../../files/spec-file.ts";

/** The proxy's part of `guard.yaml`, under the key `guard`. */
export interface GuardPlan {
  readonly host: string | undefined;
  readonly port: number;
  readonly adminHost: string;
  readonly adminPort: number;
  readonly drainMs: number;
  readonly tls: { readonly keyFile: string; readonly certFile: string } | undefined;
  readonly routes: readonly GuardRoute[];
}

/** Which requests go to which service. */
export interface GuardRoute {
  readonly service: string;
  readonly host?: string;
  readonly path?: string;
  readonly waitMs?: number;
  readonly hostHeader?: "keep" | "set";
  readonly trustForwarded?: boolean;
  readonly pageFile?: string;
}

const DEFAULTS = { port: 8_080, adminHost: "127.0.0.1", adminPort: 9_464, drainMs: 10_000 };

/** The section `guard` of one file. The schema has checked its fields. */
export class GuardSection implements FileSection<GuardPlan | undefined> {
  #plan: GuardPlan | undefined;

  read(file: SpecFile): void {
    const value = file.fields["guard"];
    if (value === undefined || file.faultsIn("/guard").length > 0) return;
    if (this.#plan !== undefined) return file.say(file.place("/guard"), "another file has a guard");
    const names = new Set(
      objectsIn(file.fields["monitors"], "/monitors").map(([, { name }]) => name),
    );
    const fields = fieldsOf(value);
    for (const [pointer, { service }] of objectsIn(fields["routes"], "/guard/routes")) {
      if (names.has(service)) continue;
      file.say(file.place(`${pointer}/service`), `no monitor has the name ${String(service)}`);
    }
    this.#plan = { ...DEFAULTS, ...fields } as GuardPlan;
  }

  result(): GuardPlan | undefined {
    return this.#plan;
  }
}
