import { basicAuthorization } from "../../shared/url-user.ts";
import type { Fields } from "./fields.ts";
import { readSecret } from "./tls-config.ts";

/** The `authorization` header of a module: basic, bearer or any other scheme. Reads its files now. */
export function credentials(fields: Fields): Record<string, string> {
  const basic = fields.section("basic_auth");
  const name = basic.text("username") ?? "";
  const password = basic.text("password") ?? secret(basic, "password_file") ?? "";
  basic.end();
  const token = fields.text("bearer_token") ?? secret(fields, "bearer_token_file");
  const any = fields.section("authorization");
  const scheme = any.text("type") ?? "Bearer";
  const credential = any.text("credentials") ?? secret(any, "credentials_file");
  any.end();
  const values = [
    fields.has("basic_auth") ? basicAuthorization({ name, password }) : undefined,
    token === undefined ? undefined : `Bearer ${token}`,
    credential === undefined ? undefined : `${scheme} ${credential}`,
  ].filter((value) => value !== undefined);
  if (values.length > 1) {
    fields.complain(
      "authorization",
      "only one of basic_auth, bearer_token and authorization may be set",
    );
  }
  return values[0] === undefined ? {} : { authorization: values[0] };
}

function secret(fields: Fields, key: string): string | undefined {
  return readSecret(fields, key)?.toString("utf8").trim();
}
