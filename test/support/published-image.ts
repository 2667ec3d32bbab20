import { createHash } from "node:crypto";
import { gzipSync, zstdCompressSync } from "node:zlib";

export type LayerCompression = "gzip" | "zstd" | "none";

export interface PublishedLayer {
  tar: Buffer;
  compression?: LayerCompression;
  /** Instead of a layer in the registry: where it stands, and what the manifest says of it. */
  foreignUrls?: string[];
}

export interface Published {
  /** The manifest's or index's digest. */
  digest: string;
  /** Of the layers' compressed forms. */
  blobs: { digest: string; bytes: Buffer }[];
  configDigest: string;
  manifest: Buffer;
}

const oci = "application/vnd.oci.image";
const layerSuffix = { gzip: "+gzip", zstd: "+zstd", none: "" };

/** Puts an image into a registry that lets everybody in, by the bare protocol: what is tested had no part in it. */
export async function publish(
  base: string,
  repository: string,
  tag: string,
  layers: readonly PublishedLayer[],
  config: object = {},
): Promise<Published> {
  const api = `${base}/v2/${repository}`;
  const blobs = layers.map(compressed);
  for (const [index, blob] of blobs.entries())
    if (layers[index]?.foreignUrls === undefined) await putBlob(api, blob);
  const configBytes = Buffer.from(
    JSON.stringify({
      architecture: "amd64",
      os: "linux",
      config: { Cmd: ["sh"], Env: null },
      rootfs: { type: "layers", diff_ids: layers.map(({ tar }) => sha256(tar)) },
      ...config,
    }),
  );
  const configDigest = sha256(configBytes);
  await putBlob(api, { digest: configDigest, bytes: configBytes });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: `${oci}.manifest.v1+json`,
      config: { mediaType: `${oci}.config.v1+json`, size: configBytes.length, digest: configDigest },
      layers: layers.map(({ compression = "gzip", foreignUrls }, index) => ({
        mediaType: foreignUrls
          ? "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
          : `${oci}.layer.v1.tar${layerSuffix[compression]}`,
        size: blobs[index]?.bytes.length,
        digest: blobs[index]?.digest,
        ...(foreignUrls && { urls: foreignUrls }),
      })),
    }),
  );
  const digest = await putManifest(api, tag, manifest, `${oci}.manifest.v1+json`);
  return { digest, blobs, configDigest, manifest };
}

/** An index over images that are in the same repository. */
export async function publishIndex(
  base: string,
  repository: string,
  tag: string,
  images: readonly { image: Published; platform: object }[],
): Promise<string> {
  const index = {
    schemaVersion: 2,
    mediaType: `${oci}.index.v1+json`,
    manifests: images.map(({ image, platform }) => ({
      mediaType: `${oci}.manifest.v1+json`,
      size: image.manifest.length,
      digest: image.digest,
      platform,
    })),
  };
  return putManifest(
    `${base}/v2/${repository}`,
    tag,
    Buffer.from(JSON.stringify(index)),
    `${oci}.index.v1+json`,
  );
}

function compressed({ tar, compression = "gzip" }: PublishedLayer): { digest: string; bytes: Buffer } {
  const bytes = compression === "gzip" ? gzipSync(tar) : compression === "zstd" ? zstdCompressSync(tar) : tar;
  return { digest: sha256(bytes), bytes };
}

export async function putBlob(
  api: string,
  { digest, bytes }: { digest: string; bytes: Buffer },
): Promise<void> {
  const begun = await fetch(`${api}/blobs/uploads/`, { method: "POST" });
  const location = new URL(begun.headers.get("location") ?? "", api);
  location.searchParams.set("digest", digest);
  const ended = await fetch(location, { method: "PUT", body: bytes });
  if (ended.status !== 201)
    throw new Error(`the registry took no blob: ${ended.status} ${await ended.text()}`);
}

export async function putManifest(
  api: string,
  reference: string,
  bytes: Buffer,
  type: string,
): Promise<string> {
  const headers = { "Content-Type": type };
  const answer = await fetch(`${api}/manifests/${reference}`, { method: "PUT", body: bytes, headers });
  if (answer.status !== 201)
    throw new Error(`the registry took no manifest: ${answer.status} ${await answer.text()}`);
  return sha256(bytes);
}

export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
