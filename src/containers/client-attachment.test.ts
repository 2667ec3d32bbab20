import { expect, test } from "bun:test";
import type { Attachment, OutputChunk } from "../runtime/runtime-service.ts";
import { ClientAttachment, type ClientView } from "./client-attachment.ts";
import { PendingAttachment } from "./pending-attachment.ts";

class Process implements Attachment {
  input = "";
  inputClosed = false;
  closed = false;
  chunks: OutputChunk[] = [];
  output = {
    [Symbol.asyncIterator]: () => this.#read(),
  };

  async write(data: Uint8Array): Promise<void> {
    this.input += Buffer.from(data).toString();
  }

  async closeInput(): Promise<void> {
    this.inputClosed = true;
  }

  close(): void {
    this.closed = true;
  }

  async *#read(): AsyncGenerator<OutputChunk> {
    yield* this.chunks;
  }
}

const view: ClientView = { tty: true, stdout: true, stderr: true, detachKeys: "", closesInput: true };

async function textOf(attachment: Attachment): Promise<string> {
  let text = "";
  for await (const { stream, data } of attachment.output)
    text += `${stream}:${Buffer.from(data).toString()} `;
  return text.trim();
}

test("the default keys detach, what came before them arrives", async () => {
  const process = new Process();
  let detached = 0;
  const client = new ClientAttachment(process, { ...view, onDetach: () => (detached += 1) });
  await client.write(Buffer.from("ls\r"));
  await client.write(Buffer.from([0x10]));
  expect(process.closed).toBe(false);
  await client.write(Buffer.from([0x11]));
  expect(process.input).toBe("ls\r");
  expect(process.closed).toBe(true);
  expect(detached).toBe(1);
});

test("a sequence begun and not finished is input after all", async () => {
  const process = new Process();
  const client = new ClientAttachment(process, view);
  await client.write(Buffer.from([0x10]));
  await client.write(Buffer.from("x"));
  await client.write(Buffer.from([0x10, 0x10, 0x78]));
  expect(process.input).toBe("\x10x\x10\x10x");
  expect(process.closed).toBe(false);
});

test("keys of the user's replace the default", async () => {
  const process = new Process();
  const client = new ClientAttachment(process, { ...view, detachKeys: "a,ctrl-b" });
  await client.write(Buffer.from([0x10, 0x11]));
  expect(process.closed).toBe(false);
  await client.write(Buffer.from([0x61, 0x02]));
  expect(process.closed).toBe(true);
  expect(process.input).toBe("\x10\x11");
});

test("without a terminal no key detaches, and only the streams asked for come", async () => {
  const process = new Process();
  process.chunks = [
    { stream: "stdout", data: Buffer.from("o") },
    { stream: "stderr", data: Buffer.from("e") },
  ];
  const client = new ClientAttachment(process, { ...view, tty: false, stdout: false, detachKeys: undefined });
  await client.write(Buffer.from([0x10, 0x11]));
  expect(process.closed).toBe(false);
  expect(await textOf(client)).toBe("stderr:e");
});

test("the client's end of input is the process's only where the container says so", async () => {
  const process = new Process();
  await new ClientAttachment(process, { ...view, closesInput: false }).closeInput();
  expect(process.inputClosed).toBe(false);
  await new ClientAttachment(process, view).closeInput();
  expect(process.inputClosed).toBe(true);
});

test("input written before the start arrives at it; an abandoned start ends the streams", async () => {
  const process = new Process();
  process.chunks = [{ stream: "stdout", data: Buffer.from("hello") }];
  const wants = { stdin: true, stdout: true, stderr: true };
  const pending = new PendingAttachment(wants);
  const written = pending.write(Buffer.from("early"));
  const text = textOf(pending);
  pending.connect(process);
  await written;
  expect(process.input).toBe("early");
  expect(await text).toBe("stdout:hello");

  const failed = new PendingAttachment(wants);
  const nothing = textOf(failed);
  failed.abandon();
  expect(await nothing).toBe("");
});

test("a client that leaves before the start takes nothing with it", () => {
  const process = new Process();
  let left = 0;
  const pending = new PendingAttachment({ stdin: false, stdout: true, stderr: true });
  pending.onClose(() => (left += 1));
  pending.close();
  pending.connect(process);
  expect(left).toBe(1);
  expect(process.closed).toBe(true);
});
