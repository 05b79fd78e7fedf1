import { createHash, getHashes } from "node:crypto";
import { InvalidOptionError } from "../../shared/errors.ts";
import { textOption } from "../../shared/options.ts";
import type { Validator } from "../contract.ts";

/**
 * Passes bodies with this digest. Write it as in Subresource Integrity, `sha256-<base64>`, or as `sha256:<hex>`.
 * @throws InvalidOptionError `ERR_TASKMON_INVALID_OPTION`
 */
export function digestValidator(digest: string): Validator {
  const [, algorithm = "", separator, expected = ""] =
    /^(sha256|sha384|sha512|sha1|md5)([-:])([A-Za-z0-9+/=]+)$/.exec(
      textOption("digestValidator.digest", digest),
    ) ?? [];
  const encoding = separator === "-" ? "base64" : "hex";
  const wanted = Buffer.from(expected, encoding);
  if (!getHashes().includes(algorithm) || wanted.length !== createHash(algorithm).digest().length) {
    throw new InvalidOptionError(
      "digestValidator.digest",
      "a text such as sha256-<base64> or sha256:<hex>",
      digest,
    );
  }
  return {
    name: "digest",
    validate({ body, bodyTruncated }) {
      if (body === undefined) return "there is no body";
      if (bodyTruncated) return "the body is longer than the limit, and was cut";
      const found = createHash(algorithm).update(body).digest();
      if (found.equals(wanted)) return undefined;
      return `the body's digest is ${algorithm}${separator}${found.toString(encoding)}`;
    },
  };
}
