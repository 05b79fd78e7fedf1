import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIP, isIPv6 } from "node:net";
import { InvalidOptionError, SECRET } from "../../shared/errors.ts";
import { integerOption, optionsObject, textOption } from "../../shared/options.ts";
import type { Trigger } from "../trigger.ts";

/** Options of {@link wakeOnLanTrigger}. */
export interface WakeOnLanOptions {
  /** The hardware address of the sleeping machine: `aa:bb:cc:dd:ee:ff`, or with `-`, or without. */
  readonly mac: string;
  /**
   * The destination: the broadcast address of its network, or another address. @default "255.255.255.255"
   */
  readonly address?: string;
  /** @default 9, as is customary */
  readonly port?: number;
  /** The SecureOn password, six bytes in the same format as `mac`. @default none */
  readonly password?: string;
  /** How many packets are sent; there is no confirmation. @default 3 */
  readonly packets?: number;
}

const KEYS = ["mac", "address", "port", "password", "packets"] as const;

/**
 * Wakes a machine over the network. Sends AMD's magic packet by UDP: six bytes of 255, then the hardware
 * address sixteen times. It is done when the packets are sent; only the probe shows whether the machine wakes.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function wakeOnLanTrigger(options: WakeOnLanOptions): Trigger {
  const given = optionsObject("wakeOnLan", options, KEYS);
  const packet = magicPacket(
    sixBytes("wakeOnLan.mac", given.mac),
    given.password === undefined
      ? Buffer.alloc(0)
      : sixBytes("wakeOnLan.password", given.password, true),
  );
  const address = textOption("wakeOnLan.address", given.address ?? "255.255.255.255");
  if (isIP(address) === 0)
    throw new InvalidOptionError("wakeOnLan.address", "an IP address", address);
  const port = integerOption("wakeOnLan.port", given.port, { min: 1, max: 65_535, default: 9 });
  const packets = integerOption("wakeOnLan.packets", given.packets, {
    ...{ min: 1, max: 100, default: 3 },
  });
  return {
    async trigger({ signal }) {
      signal.throwIfAborted();
      const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
      try {
        socket.bind(0);
        await once(socket, "listening", { signal });
        if (!isIPv6(address)) socket.setBroadcast(true);
        for (let sent = 0; sent < packets; sent++) await send(socket, packet, port, address);
      } finally {
        socket.close();
      }
    },
  };
}

function send(socket: Socket, packet: Buffer, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(packet, port, address, (error) => (error === null ? resolve() : reject(error)));
  });
}

function magicPacket(mac: Buffer, password: Buffer): Buffer {
  return Buffer.concat([Buffer.alloc(6, 0xff), ...Array.from({ length: 16 }, () => mac), password]);
}

/** @param isSecret whether errors must not show it */
function sixBytes(option: string, value: unknown, isSecret = false): Buffer {
  const digits = typeof value === "string" ? value.replaceAll(/[:-]/g, "") : "";
  if (/^[\da-f]{12}$/i.test(digits)) return Buffer.from(digits, "hex");
  throw new InvalidOptionError(option, "six bytes in hex", isSecret ? SECRET : value);
}
