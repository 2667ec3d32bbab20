import { describe, expect, test } from "bun:test";
import { Demultiplexer } from "./demultiplex.ts";

function frame(stream: number, payload: string): Buffer {
  const bytes = Buffer.from(payload);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

function collect(chunks: Uint8Array[]): string[] {
  const pieces: string[] = [];
  const frames = new Demultiplexer((stream, bytes) => {
    pieces.push(`${stream}:${Buffer.from(bytes).toString("utf8")}`);
  });
  for (const chunk of chunks) frames.push(chunk);
  return pieces;
}

const stream = Buffer.concat([
  frame(1, "a\n"),
  frame(1, "bb\n"),
  frame(2, "error\n"),
  frame(1, ""),
  frame(2, "more\n"),
  frame(1, "end"),
]);

describe("frames", () => {
  test("of one stream that came together are one piece, in the order of the streams", () => {
    expect(collect([Buffer.from(stream)])).toEqual(["stdout:a\nbb\n", "stderr:error\nmore\n", "stdout:end"]);
  });

  test("may be cut anywhere", () => {
    for (let cut = 1; cut < stream.length; cut += 1) {
      const pieces = collect([Buffer.from(stream.subarray(0, cut)), Buffer.from(stream.subarray(cut))]);
      const of = (name: string) =>
        pieces.filter((piece) => piece.startsWith(name)).map((piece) => piece.slice(name.length + 1));
      expect([of("stdout").join(""), of("stderr").join("")]).toEqual(["a\nbb\nend", "error\nmore\n"]);
    }
    expect(collect([...Buffer.from(stream)].map((byte) => Buffer.of(byte))).length).toBe(19);
  });

  test("keep the pieces handed on as they are while later ones move", () => {
    const pieces: Uint8Array[] = [];
    const frames = new Demultiplexer((_, bytes) => void pieces.push(bytes));
    frames.push(Buffer.from(stream));
    expect(Buffer.concat(pieces).toString("utf8")).toBe("a\nbb\nerror\nmore\nend");
  });

  test("of the engine's own tell why it breaks off", () => {
    expect(() => collect([frame(3, "no space")])).toThrow("error from daemon in stream: no space");
    expect(() => collect([frame(9, "x")])).toThrow("unrecognized stream: 9");
  });
});
