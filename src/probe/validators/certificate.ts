import { numberOption, optionsObject } from "../../shared/options.ts";
import type { Validator } from "../contract.ts";

/** Options of {@link certificateValidator}. */
export interface CertificateValidatorOptions {
  /** How long every certificate of the chain must still be valid, in milliseconds. */
  readonly minLifetimeMs: number;
}

const DAY_MS = 86_400_000;

/**
 * Passes certificates that stay valid long enough: `certificateValidator({ minLifetimeMs: 14 * 86_400_000 })`.
 * An answer without TLS fails.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function certificateValidator(options: CertificateValidatorOptions): Validator {
  const given = optionsObject("certificateValidator", options, ["minLifetimeMs"]);
  const bounds = { min: 0, max: Number.MAX_SAFE_INTEGER, default: NaN };
  const minLifetimeMs = numberOption(
    "certificateValidator.minLifetimeMs",
    given.minLifetimeMs ?? null,
    bounds,
  );
  return {
    name: "certificate",
    validate({ certificate }, { clock }) {
      if (certificate === undefined) return "there is no certificate";
      const { leafNotAfterMs, chainNotAfterMs = leafNotAfterMs } = certificate;
      const leftMs = Math.min(leafNotAfterMs, chainNotAfterMs) - clock.wallTime();
      if (leftMs >= minLifetimeMs) return undefined;
      return `a certificate expires in ${days(leftMs)}, less than ${days(minLifetimeMs)}`;
    },
  };
}

function days(ms: number): string {
  return `${Math.round((ms / DAY_MS) * 10) / 10} days`;
}
