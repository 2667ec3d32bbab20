import type { Flag } from "./command.ts";

/** Flags before the command, as docker has them. */
export const globalFlags: readonly Flag[] = [
  { name: "config", kind: "string", summary: "Location of client config files" },
  {
    name: "context",
    short: "c",
    kind: "string",
    summary:
      'Name of the context to use to connect to the daemon (overrides DOCKER_HOST env var and default context set with "docker context use")',
  },
  { name: "debug", short: "D", kind: "bool", summary: "Enable debug mode: show every API call" },
  { name: "host", short: "H", kind: "list", value: "string", summary: "Daemon socket to connect to" },
  {
    name: "log-level",
    short: "l",
    kind: "string",
    summary: 'Set the logging level ("debug", "info", "warn", "error", "fatal")',
    default: '"info"',
  },
  { name: "tls", kind: "bool", summary: "Use TLS; implied by --tlsverify" },
  { name: "tlscacert", kind: "string", summary: "Trust certs signed only by this CA" },
  { name: "tlscert", kind: "string", summary: "Path to TLS certificate file" },
  { name: "tlskey", kind: "string", summary: "Path to TLS key file" },
  { name: "tlsverify", kind: "bool", summary: "Use TLS and verify the remote" },
  { name: "version", short: "v", kind: "bool", summary: "Print version information and quit" },
];
