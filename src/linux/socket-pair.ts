import { connect, type NetConnectOpts, type Socket } from "node:net";
import { check, libc } from "./libc.ts";

const unixFamily = 1;
const streamType = 1;
const closeOnExec = 0o2000000;

/** Two connected stream sockets: one to be used here, both to be given to a child. */
export interface SocketPair {
  own: Socket;
  /** Of `own`; its owner closes it. */
  ownFd: number;
  /** To be closed once the child has it. */
  peerFd: number;
}

export function socketPair(): SocketPair {
  const fds = new Int32Array(2);
  check(libc.socketpair(unixFamily, streamType | closeOnExec, 0, fds), "socketpair");
  const [ownFd = -1, peerFd = -1] = fds;
  // `fd` is missing from Node's types.
  return { own: connect({ fd: ownFd } as unknown as NetConnectOpts), ownFd, peerFd };
}
