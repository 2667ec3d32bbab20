import { expect, test } from "bun:test";
import { Demultiplexer } from "./demultiplex.ts";

function frame(stream: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

const wire = Buffer.concat([
  frame(1, "one"),
  frame(1, ""),
  frame(1, " two"),
  frame(2, "err"),
  frame(1, "three"),
]);

function collect(pieces: Iterable<Uint8Array>): { calls: string[]; stdout: string; stderr: string } {
  const seen = { calls: [] as string[], stdout: "", stderr: "" };
  const frames = new Demultiplexer((stream, bytes) => {
    const text = Buffer.from(bytes).toString("utf8");
    seen.calls.push(`${stream}:${text}`);
    seen[stream] += text;
  });
  for (const piece of pieces) frames.push(piece);
  return seen;
}

test("frames that come together go on together, in order", () => {
  expect(collect([wire]).calls).toEqual(["stdout:one two", "stderr:err", "stdout:three"]);
});

test("wherever the stream is cut, the same bytes come out", () => {
  for (let size = 1; size <= wire.length; size++) {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < wire.length; at += size) pieces.push(wire.subarray(at, at + size));
    const { stdout, stderr } = collect(pieces);
    expect([stdout, stderr]).toEqual(["one twothree", "err"]);
  }
});

test("the engine's own error and an unknown stream break off", () => {
  expect(() => collect([frame(3, "disk full")])).toThrow("error from daemon in stream: disk full");
  expect(() => collect([frame(9, "x")])).toThrow("unrecognized stream: 9");
});
