// The side of the agent in the protocol that ssh speaks with it (draft-ietf-sshm-ssh-agent).
import type { Duplex } from "node:stream";
import type { AgentKey } from "./agent-key.ts";
import { uint32, WireReader, wireString } from "./wire.ts";

const Message = {
  failure: 5,
  requestIdentities: 11,
  identities: 12,
  signRequest: 13,
  signature: 14,
} as const;
/** OpenSSH's own bound (MAX_AGENT_REPLY_LEN): nothing of the protocol is longer. */
const longestMessage = 256 * 1024;

/**
 * Answers for keys until the other side ends: what they are, and signatures. Nothing can be added, removed or locked: they are lent.
 * `first` was read of the stream already.
 */
export function serveAgent(stream: Duplex, first: Buffer, keys: readonly AgentKey[]): void {
  let pending = Buffer.alloc(0);
  const receive = (bytes: Buffer) => {
    pending = Buffer.concat([pending, bytes]);
    while (pending.length >= 4) {
      const length = pending.readUInt32BE(0);
      if (length > longestMessage) return void stream.destroy();
      if (pending.length < 4 + length) return;
      stream.write(wireString(answer(pending.subarray(4, 4 + length), keys)));
      pending = pending.subarray(4 + length);
    }
  };
  stream.on("data", receive).on("end", () => stream.end());
  stream.on("error", () => stream.destroy());
  receive(first);
  stream.resume();
}

function answer(message: Buffer, keys: readonly AgentKey[]): Buffer {
  try {
    switch (message[0]) {
      case Message.requestIdentities:
        return identities(keys);
      case Message.signRequest:
        return signed(new WireReader(message.subarray(1)), keys);
      default:
        return failure;
    }
  } catch {
    // The message was none, or the key cannot do what was asked for.
    return failure;
  }
}

const failure = Buffer.from([Message.failure]);

function identities(keys: readonly AgentKey[]): Buffer {
  const each = keys.flatMap(({ blob, comment }) => [wireString(blob), wireString(comment)]);
  return Buffer.concat([Buffer.from([Message.identities]), uint32(keys.length), ...each]);
}

function signed(request: WireReader, keys: readonly AgentKey[]): Buffer {
  const [blob, data, flags] = [request.bytes(), request.bytes(), request.uint32()];
  const key = keys.find((each) => each.blob.equals(blob));
  if (key === undefined) return failure;
  return Buffer.concat([Buffer.from([Message.signature]), wireString(key.sign(data, flags))]);
}
