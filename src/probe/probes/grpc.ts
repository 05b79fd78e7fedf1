import { InvalidOptionError } from "../../shared/errors.ts";
import { booleanOption, choiceOption, optionsObject } from "../../shared/options.ts";
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
import { askHealth, grpcStatusName, type ServingStatus } from "./grpc/call.ts";
import { upgrade } from "./upgrade.ts";

/** Options of {@link grpcProbe}. */
export interface GrpcProbeOptions extends DialOptions {
  /** The service whose health to ask for. @default "", the whole server */
  readonly service?: string;
  /** The port for targets without a port. @default such targets are rejected */
  readonly port?: number;
  /** `true` for its defaults. @default false */
  readonly tls?: boolean | ProbeTlsOptions;
  /**
   * `Check` asks once. `Watch` takes the first state of a stream; for an unknown service a server then
   * answers SERVICE_UNKNOWN instead of an error. @default "Check"
   */
  readonly method?: "Check" | "Watch";
  /** The `:authority` header. @default the target's host and port */
  readonly authority?: string;
  /** More headers, such as `authorization`. @default none */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Validators, such as `latencyValidator`. @default none */
  readonly validators?: readonly Validator[];
}

/** The details of a {@link grpcProbe}. */
export interface GrpcDetails {
  address?: string;
  family?: 4 | 6;
  tls?: TlsDetails;
  /** The service's status, as the server reports it. */
  servingStatus?: ServingStatus;
  /** The status of the call, from 0 (OK) to 16. */
  grpcStatus?: number;
}

/**
 * Checks whether a gRPC server reports SERVING for itself or a service, by the protocol `grpc.health.v1`
 * (https://grpc.io/docs/guides/health-checking).
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function grpcProbe(options?: GrpcProbeOptions): Probe<GrpcDetails> {
  const given = optionsObject("grpcProbe", options, [
    ...DIAL_KEYS,
    ...(["service", "port", "tls", "method", "authority", "metadata", "validators"] as const),
  ]);
  const { service = "", authority, metadata = {} } = given;
  if (typeof service !== "string")
    throw new InvalidOptionError("grpcProbe.service", "a text", service);
  const defaults = dialOptions("grpcProbe", given);
  const port = portOption("grpcProbe.port", given.port);
  const isSecure =
    typeof given.tls === "object" || booleanOption("grpcProbe.tls", given.tls, false);
  const tls = typeof given.tls === "object" ? tlsOption("grpcProbe.tls", given.tls) : {};
  const method = choiceOption("grpcProbe.method", given.method, ["Check", "Watch"]);
  const validators = validatorsOption("grpcProbe.validators", given.validators);

  return {
    type: "grpc",
    validators: validators.map(({ name }) => name),
    accepts: (target) => void endpointOf(target, port),
    run: (target, context) =>
      attempt<GrpcDetails>(context, {}, async (run) => {
        const endpoint = { ...defaults, ...endpointOf(target, port) };
        const { host } = endpoint;
        const { socket } = await dial(run, endpoint);
        run.defer(() => closeNow(socket));
        const stream = isSecure
          ? await upgrade(run, socket, host, { ...tls, alpn: ["h2"] })
          : socket;
        const named = authority ?? `${host.includes(":") ? `[${host}]` : host}:${endpoint.port}`;
        const call = { method, service, metadata, isSecure, authority: named };
        const { status, message, serving } = await askHealth(run, stream, call);
        run.details.grpcStatus = status;
        if (serving !== undefined) run.details.servingStatus = serving;
        if (status !== 0) {
          const type = status === 4 ? "timeout" : "unexpected_answer";
          const why = message === "" ? "" : `: ${message.slice(0, 200)}`;
          throw new ProbeError(type, `It answered ${grpcStatusName(status)}${why}`);
        }
        if (serving !== "SERVING") {
          throw new ProbeError("unexpected_answer", `It reports ${serving ?? "no status"}`);
        }
        if (validators.length > 0) await run.validate(validators, {});
      }),
  };
}
