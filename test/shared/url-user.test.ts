import fc from "fast-check";
import { expect, it } from "vitest";
import { basicAuthorization, userOf, withoutUser } from "../../src/shared/url-user.ts";

it("tells the user of a URL as it was before it was written in one", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme" }),
      fc.string({ unit: "grapheme" }),
      (name, password) => {
        const user = `${encodeURIComponent(name)}:${encodeURIComponent(password)}`;
        const url = new URL(`http://${user}@example.org/a?b`);
        expect(userOf(url)).toEqual(
          name === "" && password === "" ? undefined : { name, password },
        );
        expect(withoutUser(url).href).toBe("http://example.org/a?b");
      },
    ),
  );
});

it("takes a percent sign that encodes nothing as it stands", () => {
  expect(userOf(new URL("http://me:100%@example.org"))).toEqual({ name: "me", password: "100%" });
});

it("leaves the URL itself alone", () => {
  const url = new URL("http://me:secret@example.org/");
  withoutUser(url);
  expect(url.href).toBe("http://me:secret@example.org/");
});

it("writes the header as RFC 7617 does", () => {
  expect(basicAuthorization({ name: "Aladdin", password: "open sesame" })).toBe(
    "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
  );
});
