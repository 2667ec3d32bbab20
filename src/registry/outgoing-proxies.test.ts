import { afterAll, expect, test } from "bun:test";
import {
  adoptProxies,
  outgoingProxies,
  proxyEnvironment,
  viaProxy,
  withoutCredentials,
} from "./outgoing-proxies.ts";

const none = { http: "", https: "", none: "" };
afterAll(() => adoptProxies(none, {}));

test("the configuration counts before the environment, and the environment is left without them", () => {
  const env = {
    HTTP_PROXY: "h:1",
    https_proxy: "https://s:2",
    HTTPS_PROXY: "no:3",
    NO_PROXY: "a",
    PATH: "/bin",
  };
  adoptProxies({ ...none, http: "http://mine:4" }, env);
  expect(env).toEqual({ PATH: "/bin" } as unknown as typeof env);
  expect(outgoingProxies()).toEqual({ http: "http://mine:4", https: "https://s:2", none: "a" });
  expect(viaProxy("http://x/")).toEqual({ proxy: "http://mine:4" });
  expect(viaProxy("https://x/")).toEqual({ proxy: "https://s:2" });
  expect(viaProxy("https://a/")).toEqual({});
  expect(viaProxy("http://127.0.0.1/")).toEqual({});
  expect(proxyEnvironment()).toEqual({
    http_proxy: "http://mine:4",
    https_proxy: "https://s:2",
    no_proxy: "a",
  });
  adoptProxies(none, {});
  expect(viaProxy("http://x/")).toEqual({});
  expect(proxyEnvironment()).toEqual({});
});

test.each([
  ["", ""],
  ["proxy:3128", "proxy:3128"],
  ["http://proxy:3128", "http://proxy:3128"],
  ["http://user@proxy:3128", "http://xxxxx:xxxxx@proxy:3128"],
  ["http://user:secret@proxy:3128/", "http://xxxxx:xxxxx@proxy:3128/"],
  ["https://:secret@proxy", "https://xxxxx:xxxxx@proxy"],
  ["user:secret@proxy:3128", "xxxxx:xxxxx@proxy:3128"],
])("%j is shown as %j", (proxy, shown) => {
  expect(withoutCredentials(proxy)).toBe(shown);
});
