import { pipeline, type Readable } from "node:stream";
import { createGzip } from "node:zlib";

/** `--compress`: the context in gzip's form. An error of the source is one of the answer. */
export function compressed(tar: Readable): Readable {
  // Its own errors come with the stream.
  return pipeline(tar, createGzip(), () => {});
}
