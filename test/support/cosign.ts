import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { putBlob, putManifest, sha256 } from "./published-image.ts";

const empty = Buffer.from("{}");
const manifestType = "application/vnd.oci.image.manifest.v1+json";

/** A key pair as cosign makes them; the public half stands in `file`. */
export function makeSigner(file: string): KeyObject {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  writeFileSync(file, publicKey.export({ type: "spki", format: "pem" }));
  return privateKey;
}

/** What `cosign sign` leaves in a registry that lets everybody in; `referrer` is how its newer form does. */
export async function signImage(
  base: string,
  repository: string,
  digest: string,
  key: KeyObject,
  form: "tag" | "referrer" = "tag",
): Promise<void> {
  const api = `${base}/v2/${repository}`;
  const payload = Buffer.from(
    JSON.stringify({
      critical: {
        identity: { "docker-reference": `${new URL(base).host}/${repository}` },
        image: { "docker-manifest-digest": digest },
        type: "cosign container image signature",
      },
      optional: null,
    }),
  );
  for (const bytes of [payload, empty]) await putBlob(api, { digest: sha256(bytes), bytes });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      ...(form === "referrer" && {
        artifactType: "application/vnd.dev.cosign.artifact.sig.v1+json",
        subject: { mediaType: manifestType, digest, size: 2 },
      }),
      config: {
        mediaType: "application/vnd.oci.image.config.v1+json",
        size: empty.length,
        digest: sha256(empty),
      },
      layers: [
        {
          mediaType: "application/vnd.dev.cosign.simplesigning.v1+json",
          size: payload.length,
          digest: sha256(payload),
          annotations: {
            "dev.cosignproject.cosign/signature": sign("sha256", payload, key).toString("base64"),
          },
        },
      ],
    }),
  );
  if (form === "tag") await putManifest(api, `${digest.replace(":", "-")}.sig`, manifest, manifestType);
  else await publishReferrer(api, digest, manifest);
}

/** A registry without the referrers API is told by a tag (distribution spec, "Referrers Tag Schema"). */
async function publishReferrer(api: string, digest: string, manifest: Buffer): Promise<void> {
  await putManifest(api, sha256(manifest), manifest, manifestType);
  const type = "application/vnd.oci.image.index.v1+json";
  const artifactType = "application/vnd.dev.cosign.artifact.sig.v1+json";
  const entry = { mediaType: manifestType, size: manifest.length, digest: sha256(manifest), artifactType };
  const index = { schemaVersion: 2, mediaType: type, manifests: [entry] };
  await putManifest(api, digest.replace(":", "-"), Buffer.from(JSON.stringify(index)), type);
}
