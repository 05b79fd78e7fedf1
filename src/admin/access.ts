import type { Asked } from "../serve/answer.ts";
import { secretCheck } from "../serve/bearer.ts";
import type { AdminSettings } from "./options.ts";
import { mayDo, type Role } from "./roles.ts";
import { subjectNames } from "./subject-names.ts";

/** Who asks. */
export interface Caller {
  readonly role: Role | undefined;
  /** For the events: a token's name, a name in a certificate, or `anyone`. */
  readonly name: string;
  /** Whether the request has a token that we do not know. */
  readonly isRefused: boolean;
}

/** Tells who asks, by the token and the certificate that came with the request. */
export function callerOf(settings: AdminSettings): (asked: Asked) => Caller {
  const tokens = settings.tokens.map((token) => ({ ...token, is: secretCheck(token.token) }));
  return (asked) => {
    const sent = tokenIn(asked.header("authorization"));
    // Each is compared, so that the time does not tell which one it is.
    const known = tokens.filter(({ is }) => sent !== undefined && is(sent))[0];
    if (sent !== undefined && known === undefined) {
      return { role: undefined, name: "an unknown token", isRefused: true };
    }
    const named = certificateOf(asked.request, settings);
    const anyone: Caller = { role: settings.anyone, name: "anyone", isRefused: false };
    return [
      named,
      known && { role: known.role, name: known.name, isRefused: false },
    ].reduce<Caller>(
      (best, next) =>
        next?.role !== undefined && (best.role === undefined || mayDo(next.role, best.role))
          ? next
          : best,
      anyone,
    );
  };
}

/** The token of a `Bearer`, or the password of a `Basic`, which is what browsers ask people for. */
function tokenIn(header: string | undefined): string | undefined {
  const [, scheme, value] = /^(bearer|basic) +(.*?) *$/i.exec(header ?? "") ?? [];
  if (scheme === undefined || value === undefined) return undefined;
  if (scheme.toLowerCase() === "bearer") return value;
  const pair = Buffer.from(value, "base64").toString("utf8");
  return pair.slice(pair.indexOf(":") + 1);
}

interface Secured {
  readonly authorized?: boolean;
  getPeerCertificate?(): { readonly subjectaltname?: string };
}

/** The best role of the names in the certificate that the client showed, where TLS has verified it. */
function certificateOf(request: unknown, { certificates }: AdminSettings): Caller | undefined {
  if (certificates.length === 0) return undefined;
  const { raw, socket } = request as { raw?: { socket?: Secured }; socket?: Secured };
  const secured = socket ?? raw?.socket;
  if (secured?.authorized !== true) return undefined;
  const names = subjectNames(secured.getPeerCertificate?.().subjectaltname);
  return certificates
    .filter(({ san }) => names.includes(san))
    .map(({ san, role }): Caller => ({ role, name: san, isRefused: false }))
    .reduce<Caller | undefined>(
      (best, next) => (best?.role !== undefined && mayDo(best.role, next.role!) ? best : next),
      undefined,
    );
}
