import { check, libc } from "./libc.ts";

const unixFamily = 1;
const datagram = 2;
const closeOnExec = 0o2000000;
const noSignal = 0x4000;

/** sd_notify(3): sends `state` (`READY=1`, …) to the service manager. Answers false where there is none. */
export function notifyServiceManager(state: string, address = process.env.NOTIFY_SOCKET): boolean {
  if (address === undefined || !/^[/@]./.test(address)) return false;
  const name = Buffer.from(address.replace(/^@/, "\0"));
  const target = Buffer.concat([
    Buffer.from([unixFamily, 0]),
    name,
    Buffer.alloc(address.startsWith("@") ? 0 : 1),
  ]);
  const socket = check(libc.socket(unixFamily, datagram | closeOnExec, 0), "socket");
  try {
    if (libc.connect(socket, target, target.length) !== 0) return false;
    const message = Buffer.from(state);
    return libc.send(socket, message, message.length, noSignal) === BigInt(message.length);
  } finally {
    libc.close(socket);
  }
}
