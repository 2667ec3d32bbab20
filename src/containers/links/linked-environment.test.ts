import { expect, test } from "bun:test";
import type { Container } from "../container.ts";
import { linkedEnvironment } from "./linked-environment.ts";

function variables(alias: string, config: Partial<Container["config"]>): string[] {
  const container = { config } as Container;
  return linkedEnvironment([{ alias, fullName: `/web/${alias}`, container, address: "10.0.0.2" }]);
}

test("without ports: the name and the environment, but what every image sets", () => {
  expect(variables("the-db", { Env: ["PATH=/bin", "HOME=/x", "A=b=c", "BARE"] })).toEqual([
    "THE_DB_NAME=/web/the-db",
    "THE_DB_ENV_A=b=c",
  ]);
});

test("TCP comes first, then the lowest number", () => {
  expect(variables("db", { ExposedPorts: { "53/udp": {}, "80/tcp": {} } }).slice(0, 5)).toEqual([
    "DB_PORT=tcp://10.0.0.2:80",
    "DB_PORT_80_TCP=tcp://10.0.0.2:80",
    "DB_PORT_80_TCP_ADDR=10.0.0.2",
    "DB_PORT_80_TCP_PORT=80",
    "DB_PORT_80_TCP_PROTO=tcp",
  ]);
});

test("ports whose numbers follow each other are a range, too", () => {
  const all = variables("db", { ExposedPorts: { "7/tcp": {}, "6/tcp": {}, "8/udp": {}, "10/tcp": {} } });
  expect(all.filter((entry) => /_(START|END)=/.test(entry))).toEqual([
    "DB_PORT_6_TCP_START=tcp://10.0.0.2:6",
    "DB_PORT_6_TCP_PORT_START=6",
    "DB_PORT_6_TCP_END=tcp://10.0.0.2:7",
    "DB_PORT_6_TCP_PORT_END=7",
  ]);
});
