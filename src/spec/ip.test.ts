import { expect, test } from "bun:test";
import { isIP } from "node:net";
import { isIp } from "./ip.ts";

test("the same answers as node's, zones aside", () => {
  const texts = ["1.2.3.4", "255.255.255.255", "256.1.1.1", "01.2.3.4", "1.2.3", "1.2.3.4.5", "", ":", "::"];
  texts.push(
    "::1",
    "fe80::1",
    "1::2::3",
    "2001:db8::ff",
    "1:2:3:4:5:6:7:8",
    "1:2:3:4:5:6:7",
    "::ffff:1.2.3.4",
  );
  texts.push("::1.2.3", "12345::", "g::", "[::1]", "a", "localhost", " 1.2.3.4", "1.2.3.4 ", "::1/64");
  for (const text of texts) expect([text, isIp(text)]).toEqual([text, isIP(text) !== 0]);
  expect(isIp("fe80::1%eth0")).toBe(false);
});
