import { ObjectSize, Struct, utils } from "capnp-es";

/**
 * What `capnp-es` makes of this schema, in short:
 *
 *     struct Mail {
 *       id   @0 :UInt64;
 *       host @1 :Text;
 *       port @2 :UInt16;
 *     }
 */
export class Mail extends Struct {
  static override readonly _capnp = {
    displayName: "Mail",
    id: "b9f1d3a4c5e60718",
    size: new ObjectSize(16, 1),
  };

  get id(): bigint {
    return utils.getUint64(0, this);
  }

  set id(value: bigint) {
    utils.setUint64(0, value, this);
  }

  get host(): string {
    return utils.getText(0, this);
  }

  set host(value: string) {
    utils.setText(0, value, this);
  }

  get port(): number {
    return utils.getUint16(8, this);
  }

  set port(value: number) {
    utils.setUint16(8, value, this);
  }
}
