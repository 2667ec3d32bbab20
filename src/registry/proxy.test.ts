import { expect, test } from "bun:test";
import { proxiesFrom, proxyFor } from "./proxy.ts";

const settings = proxiesFrom({
  http_proxy: "proxy:3128",
  HTTPS_PROXY: "http://secure-proxy:3129",
  no_proxy: "internal, .corp.example, 10.0.0.0/8, other:5000, 2001:db8::1",
});

test.each([
  ["http://registry.example/", "http://proxy:3128"],
  ["https://registry.example/", "http://secure-proxy:3129"],
  ["https://internal/", undefined],
  ["https://internal.example/", "http://secure-proxy:3129"],
  ["https://a.corp.example/", undefined],
  ["https://10.1.2.3/", undefined],
  ["https://11.1.2.3/", "http://secure-proxy:3129"],
  ["https://other:5000/", undefined],
  ["https://other:5001/", "http://secure-proxy:3129"],
  ["https://[2001:db8::1]/", undefined],
  ["http://localhost:5000/", undefined],
  ["http://127.0.0.1:5000/", undefined],
])("%s", (url, proxy) => {
  expect(proxyFor(new URL(url), settings)).toBe(proxy);
});

test("nothing set, or everything excluded", () => {
  expect(proxyFor(new URL("https://a/"), proxiesFrom({}))).toBeUndefined();
  expect(proxyFor(new URL("https://a/"), { ...settings, none: "*" })).toBeUndefined();
});
