// `--attest`, `--provenance` and `--sbom`, as buildx reads them.
import { EngineError } from "../base/errors.ts";
import { parseBool } from "./boolean.ts";
import { parseCsvRecord } from "./csv.ts";

/** What is to be attested of an image. */
export interface AttestationRequest {
  provenance?: ProvenanceRequest;
}

export interface ProvenanceRequest {
  /** `min` says nothing of arguments and labels. */
  mode: "min" | "max";
  /** Of SLSA's provenance. */
  version: "v0.2" | "v1";
}

/** Reads values of `--attest`; the last of a type counts. Throws `invalid`. */
export function parseAttestations(texts: readonly string[]): AttestationRequest {
  const request: AttestationRequest = {};
  for (const text of texts) {
    const { type = "", disabled, ...fields } = fieldsOf(text);
    const isOff = disabled !== undefined && flag(disabled, text);
    if (type === "provenance") {
      delete request.provenance;
      if (!isOff) request.provenance = provenanceOf(fields);
    } else if (type === "sbom") {
      if (!isOff) throw noScanner();
    } else throw wrong(`unknown attestation type ${JSON.stringify(type)} (provenance or sbom is expected)`);
  }
  return request;
}

/** A value of `--provenance` or `--sbom` as one of `--attest`: `true`, `false`, or fields. */
export function attestationText(type: "provenance" | "sbom", text: string): string {
  const on = parseBool(text);
  if (on !== undefined) return `type=${type},disabled=${!on}`;
  return `type=${type},${text}`;
}

function fieldsOf(text: string): Record<string, string | undefined> {
  return Object.fromEntries(
    parseCsvRecord(text).map((field) => {
      const [key = "", value] = field.split(/=(.*)/s, 2);
      if (value === undefined) throw wrong(`invalid value ${field} in attestation ${JSON.stringify(text)}`);
      return [key, value];
    }),
  );
}

function provenanceOf(fields: Record<string, string | undefined>): ProvenanceRequest {
  const { mode = "min", version = "v0.2", "inline-only": _inline, ...rest } = fields;
  const [strange] = Object.keys(rest);
  if (strange !== undefined)
    throw wrong(
      `unknown option ${JSON.stringify(strange)} of a provenance attestation (known: mode, version)`,
    );
  if (mode !== "min" && mode !== "max")
    throw wrong(`invalid mode ${JSON.stringify(mode)}: min or max is expected`);
  if (version !== "v0.2" && version !== "v1")
    throw wrong(`invalid version ${JSON.stringify(version)}: v0.2 or v1 is expected`);
  return { mode, version };
}

function flag(text: string, whole: string): boolean {
  const value = parseBool(text);
  if (value === undefined) throw wrong(`invalid value ${JSON.stringify(text)} in ${JSON.stringify(whole)}`);
  return value;
}

/** BuildKit runs a scanner's image for it. */
function noScanner(): EngineError {
  return new EngineError(
    "not-implemented",
    "SBOM attestations are not supported: this engine has no scanner. Scan the image itself, by syft or trivy",
  );
}

function wrong(message: string): EngineError {
  return new EngineError("invalid", message);
}
