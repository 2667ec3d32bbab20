import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { connect as connectPlain, isIP, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import { EngineError, messageOf } from "../../../base/errors.ts";
import { UnixDatagram } from "../../../linux/unix-datagram.ts";
import { parseBool } from "../../../spec/boolean.ts";
import type { SyslogAddress } from "../../../spec/syslog-options.ts";

const localSockets = ["/dev/log", "/var/run/syslog", "/var/run/log"];

export interface SyslogTransport {
  /** Each is a message of its own. */
  send(lines: Buffer[]): Promise<void>;
  close(): void;
}

/** Connects to a syslog server; undefined means the machine's own. Throws with dockerd's words. */
export async function connectSyslog(
  address: SyslogAddress | undefined,
  options: Record<string, string>,
): Promise<SyslogTransport> {
  if (address === undefined) return connectLocal();
  switch (address.kind) {
    case "udp":
      return connectUdp(address);
    case "datagram":
      return datagrams(UnixDatagram.connect(address.path));
    case "stream":
      return streamTo(connectPlain({ path: address.path }), "connect", `unix ${address.path}`);
    case "tcp":
      return streamTo(connectPlain({ host: address.host, port: address.port }), "connect", nameOf(address));
    case "tls": {
      const { host, port } = address;
      return streamTo(
        connectTls({ host, port, ...tlsOptions(host, options) }),
        "secureConnect",
        nameOf(address),
      );
    }
  }
}

function connectLocal(): SyslogTransport {
  for (const path of localSockets) {
    try {
      return datagrams(UnixDatagram.connect(path));
    } catch {
      // Another place, as every syslog client looks.
    }
  }
  throw new EngineError("internal", "Unix syslog delivery error");
}

function datagrams(socket: UnixDatagram): SyslogTransport {
  return {
    async send(lines) {
      for (const line of lines) await socket.send(line);
    },
    close: () => socket.close(),
  };
}

async function connectUdp({ host, port }: { host: string; port: number }): Promise<SyslogTransport> {
  const { address, family } = await lookup(host);
  const socket = createSocket(family === 6 ? "udp6" : "udp4");
  // Nobody listens: that datagrams are lost is the nature of UDP.
  socket.on("error", () => undefined);
  return {
    async send(lines) {
      for (const line of lines) await sendDatagram(socket, line, port, address);
    },
    close: () => socket.close(),
  };
}

function sendDatagram(socket: UdpSocket, line: Buffer, port: number, address: string): Promise<void> {
  return new Promise((resolve) => socket.send(line, port, address, () => resolve()));
}

async function streamTo(socket: Socket, connected: string, name: string): Promise<SyslogTransport> {
  await new Promise<void>((resolve, reject) => {
    socket.once(connected, resolve);
    socket.once("error", (error) =>
      reject(new EngineError("internal", `dial ${name}: ${messageOf(error)}`, error)),
    );
  });
  let broken: Error | undefined;
  socket.on("error", (error) => (broken = error));
  // Nothing is ever said to us; the end must be seen.
  socket.on("close", () => (broken ??= new Error("the syslog server closed the connection")));
  socket.resume();
  return {
    async send(lines) {
      if (broken !== undefined) throw broken;
      await new Promise<void>((resolve, reject) => {
        socket.write(Buffer.concat(lines), (error) => (error ? reject(error) : resolve()));
      });
    },
    close: () => void socket.end(),
  };
}

function nameOf({ host, port }: { host: string; port: number }): string {
  return `tcp ${host}:${port}`;
}

/** Throws where a file of the options cannot be read. */
function tlsOptions(host: string, options: Record<string, string>): ConnectionOptions {
  const read = (name: string, what: string) => {
    const path = options[name];
    return path === undefined ? undefined : readTlsFile(path, what);
  };
  return {
    ca: read("syslog-tls-ca-cert", "CA certificate"),
    cert: read("syslog-tls-cert", "X509 key pair"),
    key: read("syslog-tls-key", "X509 key pair"),
    // An address cannot be asked for by that name (RFC 6066, 3); the certificate is checked against it all the same.
    ...(isIP(host) === 0 && { servername: host }),
    rejectUnauthorized: parseBool(options["syslog-tls-skip-verify"] ?? "") !== true,
  };
}

function readTlsFile(path: string, what: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const why = `open ${path}: no such file or directory`;
    throw new EngineError("invalid", `could not read ${what} ${JSON.stringify(path)}: ${why}`, error);
  }
}
