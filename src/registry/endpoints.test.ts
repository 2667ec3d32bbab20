import { expect, test } from "bun:test";
import { readEndpoints, registryEndpoint } from "./endpoints.ts";
import { checkRegistryConfig, type RegistryConfig, registrySettings } from "./registry-config.ts";

const config: RegistryConfig = {
  registries: {
    "docker.io": {
      mirrors: ["https://one", { url: "http://two/cache", rewrite: { "^library/(.*)$": "hub/$1" } }],
    },
    "*": { mirrors: [{ url: "https://all", insecure: true }] },
  },
  registryMirrors: ["https://three/"],
  insecureRegistries: ["named:5000", "10.0.0.0/8"],
};

const shown = (endpoint: Awaited<ReturnType<typeof registryEndpoint>>) =>
  `${endpoint.bases.map((base) => base.href).join(" ")} ${endpoint.repository}${endpoint.insecure ? " insecure" : ""}`;

test.each([
  ["docker.io", "https://registry-1.docker.io/ a"],
  ["example.com", "https://example.com/ a"],
  ["named:5000", "https://named:5000/ http://named:5000/ a insecure"],
  ["named:5001", "https://named:5001/ a"],
  ["10.1.2.3", "https://10.1.2.3/ http://10.1.2.3/ a insecure"],
  ["127.0.0.1:5000", "https://127.0.0.1:5000/ http://127.0.0.1:5000/ a insecure"],
  ["localhost", "https://localhost/ http://localhost/ a insecure"],
  ["[::1]:5000", "https://[::1]:5000/ http://[::1]:5000/ a insecure"],
])("%s stands at %s", async (domain, expected) => {
  expect(shown(await registryEndpoint(domain, "a", config))).toBe(expected);
});

test("mirrors are asked in their order, with their own names for the repository", async () => {
  expect((await readEndpoints("docker.io", "library/busybox", config)).map(shown)).toEqual([
    "https://one/ library/busybox",
    "http://two/cache/ hub/busybox",
    "https://three/ library/busybox",
    "https://registry-1.docker.io/ library/busybox",
  ]);
  expect((await readEndpoints("other.example", "x", config)).map(shown)).toEqual([
    "https://all/ x insecure",
    "https://other.example/ x",
  ]);
});

test.each([
  [{ registryMirrors: ["ftp://a"] }, 'invalid mirror: unsupported scheme "ftp" in "ftp://a"'],
  [{ registryMirrors: ["nothing"] }, 'invalid mirror: "nothing" is not a valid URI'],
  [{ registryMirrors: ["https://user@a"] }, "invalid mirror: username/password not allowed"],
  [{ registryMirrors: ["https://a?b"] }, "invalid mirror: query or fragment"],
  [{ insecureRegistries: ["http://a"] }, "insecure registry http://a should not contain 'http://'"],
  [
    { registries: { a: { mirrors: [{ url: "https://b", rewrite: { "(": "" } }] } } },
    'the rewrite "(" of a is not a regular expression',
  ],
])("%p is refused", (part, message) => {
  expect(() => checkRegistryConfig({ ...config, ...part })).toThrow(message);
});

test.each([{ a: [] }, { a: { mirror: [] } }, { a: { mirrors: "x" } }, { a: { mirrors: [{ rewrite: {} }] } }])(
  "%p has not the shape of registries",
  (entries) => {
    expect(() => registrySettings(entries)).toThrow("registries: the entry of a must be like");
  },
);
