import { optionsObject } from "../../shared/options.ts";
import type { Probe, Validator } from "../contract.ts";
import { ProbeError } from "../errors.ts";
import type { TlsDetails } from "../net/certificate.ts";
import { closeNow } from "../net/connect.ts";
import { type DialOptions, dialOptions, DIAL_KEYS, tlsOption } from "../net/dial-options.ts";
import type { ProbeTlsOptions } from "../net/secure.ts";
import { validatorsOption } from "../validators/validate.ts";
import { attempt } from "./attempt.ts";
import { dial } from "./dial.ts";
import { endpointOf, portOption } from "./endpoint.ts";
import { upgrade } from "./upgrade.ts";

/** Options of {@link tlsProbe}. */
export interface TlsProbeOptions extends DialOptions {
  /** The port for targets without a port. @default 443 */
  readonly port?: number;
  readonly tls?: ProbeTlsOptions;
  /** The protocols to offer: `["h2"]`. The server must then choose one. @default none */
  readonly alpn?: readonly string[];
  /** Validators, such as `certificateValidator` for the remaining validity. @default none */
  readonly validators?: readonly Validator[];
}

/** The details of a {@link tlsProbe}. */
export interface TlsProbeDetails {
  address?: string;
  family?: 4 | 6;
  tls?: TlsDetails;
}

/**
 * Checks whether a server's certificate is trusted, has not expired and is valid for the target's name. It sends
 * nothing after the handshake.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function tlsProbe(options?: TlsProbeOptions): Probe<TlsProbeDetails> {
  const given = optionsObject("tlsProbe", options, [
    ...DIAL_KEYS,
    ...(["port", "tls", "alpn", "validators"] as const),
  ]);
  const defaults = dialOptions("tlsProbe", given);
  const port = portOption("tlsProbe.port", given.port) ?? 443;
  const { alpn } = given;
  const tls = { ...tlsOption("tlsProbe.tls", given.tls), ...(alpn !== undefined && { alpn }) };
  const validators = validatorsOption("tlsProbe.validators", given.validators);

  return {
    type: "tls",
    validators: validators.map(({ name }) => name),
    accepts: (target) => void endpointOf(target, port),
    run: (target, context) =>
      attempt<TlsProbeDetails>(context, {}, async (run) => {
        const endpoint = { ...defaults, ...endpointOf(target, port) };
        const { socket } = await dial(run, endpoint);
        run.defer(() => closeNow(socket));
        await upgrade(run, socket, endpoint.host, tls);
        if (alpn !== undefined && run.details.tls?.alpn === undefined) {
          throw new ProbeError("tls_failure", `The server speaks none of ${alpn.join(", ")}`);
        }
        if (validators.length > 0) await run.validate(validators, {});
      }),
  };
}
