import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { EngineError } from "../base/errors.ts";
import type { ContainerAttachment } from "../containers/container-service.ts";
import type { Attachment } from "../runtime/runtime-service.ts";
import type { Call } from "./call.ts";
import type { Hijacked } from "./reply.ts";
import { finish, handedOver } from "./stream-pump.ts";
import { becomesReadable, writeSlowly } from "./stream-wait.ts";

const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
/** RFC 6455, 1.3. */
const acceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

function acceptKey(call: Call): string {
  const key = call.request.headers["sec-websocket-key"];
  if (!call.reply.upgraded || key === undefined) throw new EngineError("invalid", "not websocket protocol");
  return createHash("sha1")
    .update(key + acceptSuffix)
    .digest("base64");
}

/** A container's terminal in WebSocket messages (RFC 6455), one direction each, never multiplexed, as dockerd's. */
export async function serveWebSocket(
  call: Call,
  attachment: ContainerAttachment,
  stdin: boolean,
): Promise<void> {
  const accept = acceptKey(call);
  const connection = call.reply.hijack({ Upgrade: "websocket", "Sec-WebSocket-Accept": accept });
  // Text was all there was before 1.28, and it breaks on bytes that are no UTF-8.
  const kind = call.speaks(28) ? opcode.binary : opcode.text;
  const gone = () => attachment.close();
  connection.output.on("close", gone);
  if (connection.output.destroyed) gone();
  try {
    readMessages(connection, attachment, stdin).catch((error: unknown) => {
      call.log.debug("websocket input ended", { error: String(error) });
      attachment.close();
    });
    for await (const { data } of attachment.output)
      if (!(await writeSlowly(connection.output, message(kind, data)))) return;
    connection.output.write(message(opcode.close, Buffer.from([1000 >> 8, 1000 & 0xff])));
  } finally {
    connection.output.off("close", gone);
    finish(connection);
    await handedOver(connection.output);
    attachment.close();
  }
}

/** One whole unmasked frame. */
export function message(kind: number, payload: Uint8Array): Buffer {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65536 ? 4 : 10);
  head[0] = 0x80 | kind;
  if (length < 126) head[1] = length;
  else if (length < 65536) {
    head[1] = 126;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, payload]);
}

async function readMessages(
  { input, output }: Hijacked,
  attachment: Attachment,
  stdin: boolean,
): Promise<void> {
  for (;;) {
    const head = await read(input, 2);
    if (head === undefined) break;
    const kind = (head[0] ?? 0) & 0x0f;
    const mask = ((head[1] ?? 0) & 0x80) !== 0;
    const length = await payloadLength(input, (head[1] ?? 0) & 0x7f);
    const key = mask ? await read(input, 4) : Buffer.alloc(4);
    if (length === undefined || key === undefined) break;
    if (kind >= opcode.close && length > 125) throw new EngineError("invalid", "control frame too long");
    if (kind === opcode.close) break;
    for await (const part of payload(input, length, key)) {
      if (kind === opcode.ping) output.write(message(opcode.pong, part));
      else if (kind < opcode.close && stdin) await attachment.write(part);
    }
  }
  await attachment.closeInput();
}

async function payloadLength(input: Readable, short: number): Promise<number | undefined> {
  if (short === 126) return (await read(input, 2))?.readUInt16BE();
  if (short === 127) return Number((await read(input, 8))?.readBigUInt64BE());
  return short;
}

/** The payload in parts as they arrive, unmasked: a frame may be larger than memory. */
async function* payload(input: Readable, length: number, key: Buffer): AsyncGenerator<Buffer> {
  if (length === 0) yield Buffer.alloc(0);
  for (let done = 0; done < length; ) {
    const part = await read(input, Math.min(length - done, Math.max(1, input.readableLength)));
    if (part === undefined) return;
    for (let index = 0; index < part.length; index += 1)
      part[index] = (part[index] ?? 0) ^ (key[(done + index) & 3] ?? 0);
    done += part.length;
    yield part;
  }
}

/** Exactly `size` bytes; undefined when the client ends before. */
async function read(input: Readable, size: number): Promise<Buffer | undefined> {
  for (;;) {
    const chunk: unknown = input.read(size);
    if (Buffer.isBuffer(chunk)) return chunk.length === size ? chunk : undefined;
    if (!(await becomesReadable(input))) return undefined;
  }
}
