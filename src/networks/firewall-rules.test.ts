import { expect, test } from "bun:test";
import { canonicalRules, firewallScript } from "./firewall-rules.ts";
import { parsePrefix } from "./ipv4.ts";

const gateway = parsePrefix("172.18.0.1/16") ?? { address: 0, prefixLength: 0 };
const gantry0 = { link: "gantry0", gateway, isOpen: true, isMasqueraded: true };
const plan = { table: "gantry", bridges: [gantry0], unrouted: [] };

test("a listing compares with the script whatever its ports and blank space", () => {
  const script = firewallScript(plan);
  const listing = script.replace(
    /(map anywhere \{\n.*\n)/,
    "$1\t\telements = { tcp . 80 : 172.18.0.2 . 80,\n\t\t\t     udp . 80 : 172.18.0.2 . 80 }\n",
  );
  expect(listing).not.toBe(script);
  expect(canonicalRules(listing)).toBe(canonicalRules(script));
});

test("a changed rule, bridge or set does not compare", () => {
  const script = canonicalRules(firewallScript(plan));
  expect(canonicalRules(firewallScript({ ...plan, bridges: [{ ...gantry0, link: "other0" }] }))).not.toBe(
    script,
  );
  expect(canonicalRules(firewallScript({ ...plan, unrouted: ["eth0", "eth1"] }))).not.toBe(script);
  expect(canonicalRules(firewallScript({ ...plan, bridges: [{ ...gantry0, isOpen: false }] }))).not.toBe(
    script,
  );
  expect(script.replace("drop", "accept")).not.toBe(script);
});
