import { booleanOption, integerOption, optionsObject } from "../../shared/options.ts";
import type { Probe, Validator } from "../contract.ts";
import { closeNow } from "../net/connect.ts";
import { type DialOptions, dialOptions, DIAL_KEYS, tlsOption } from "../net/dial-options.ts";
import type { ProbeTlsOptions } from "../net/secure.ts";
import { validatorsOption } from "../validators/validate.ts";
import { attempt } from "./attempt.ts";
import { type ConversationDetails, converse, stepsOption, type TcpStep } from "./conversation.ts";
import { dial } from "./dial.ts";
import { endpointOf, portOption } from "./endpoint.ts";
import { upgrade } from "./upgrade.ts";

/** Options of {@link tcpProbe}. */
export interface TcpProbeOptions extends DialOptions {
  /** The port for targets without a port. @default such targets are rejected */
  readonly port?: number;
  /** Whether to start with TLS; `true` uses its defaults. @default false */
  readonly tls?: boolean | ProbeTlsOptions;
  /** The conversation. @default none: an accepted connection passes */
  readonly steps?: readonly TcpStep[];
  /** The most bytes to read. @default 65536 */
  readonly maxBytes?: number;
  /** Validators of all lines that were read. @default none */
  readonly validators?: readonly Validator[];
}

/** The details of a {@link tcpProbe}. */
export interface TcpDetails extends ConversationDetails {
  address?: string;
  family?: 4 | 6;
}

const MAX_BYTES = 65_536;

/**
 * Checks whether the target accepts TCP connections and answers as expected. Each run uses its own
 * connection and ends it with a reset.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function tcpProbe(options?: TcpProbeOptions): Probe<TcpDetails> {
  const given = optionsObject("tcpProbe", options, [
    ...DIAL_KEYS,
    ...(["port", "tls", "steps", "maxBytes", "validators"] as const),
  ]);
  const defaults = dialOptions("tcpProbe", given);
  const port = portOption("tcpProbe.port", given.port);
  const tls = tlsOrNot(given.tls);
  const steps = stepsOption(given.steps);
  const bounds = { min: 1, max: Number.MAX_SAFE_INTEGER, default: MAX_BYTES };
  const maxBytes = integerOption("tcpProbe.maxBytes", given.maxBytes, bounds);
  const validators = validatorsOption("tcpProbe.validators", given.validators);

  return {
    type: "tcp",
    validators: validators.map(({ name }) => name),
    accepts: (target) => void endpointOf(target, port),
    run: (target, context) =>
      attempt<TcpDetails>(context, {}, async (run) => {
        const endpoint = { ...defaults, ...endpointOf(target, port) };
        const { host } = endpoint;
        const { socket } = await dial(run, endpoint);
        run.defer(() => closeNow(socket));
        const stream = tls === undefined ? socket : await upgrade(run, socket, host, tls);
        const said = await converse(run, { stream, socket, host, steps, maxBytes });
        if (validators.length > 0) await run.validate(validators, { body: said });
      }),
  };
}

function tlsOrNot(value: boolean | ProbeTlsOptions | undefined): ProbeTlsOptions | undefined {
  if (typeof value === "object") return tlsOption("tcpProbe.tls", value);
  return booleanOption("tcpProbe.tls", value, false) ? {} : undefined;
}
