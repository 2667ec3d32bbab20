import { EngineError } from "../base/errors.ts";
import { isDigest } from "../spec/digest.ts";
import type { ImageConfigFile } from "../spec/oci-image.ts";

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isTrueOrFalse: Check = (value) => typeof value === "boolean";
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);
const isTextMap: Check = (value) => isRecord(value) && Object.values(value).every(isText);
const listOf =
  (shape: Record<string, Check>): Check =>
  (value) =>
    Array.isArray(value) && value.every((item) => isRecord(item) && problemIn(item, shape) === undefined);

const runConfigShape: Record<string, Check> = {
  Hostname: isText,
  Domainname: isText,
  User: isText,
  ExposedPorts: isRecord,
  Env: isTexts,
  Entrypoint: isTexts,
  Cmd: isTexts,
  Volumes: isRecord,
  WorkingDir: isText,
  Labels: isTextMap,
  StopSignal: isText,
  ArgsEscaped: isTrueOrFalse,
  Healthcheck: isRecord,
  OnBuild: isTexts,
  Shell: isTexts,
};

const fileShape: Record<string, Check> = {
  created: isText,
  author: isText,
  comment: isText,
  architecture: isText,
  os: isText,
  variant: isText,
  config: (value) => isRecord(value) && problemIn(value, runConfigShape) === undefined,
  rootfs: (value) => isRecord(value) && Array.isArray(value["diff_ids"]) && value["diff_ids"].every(isDiffId),
  history: listOf({
    created: isText,
    created_by: isText,
    author: isText,
    comment: isText,
    empty_layer: isTrueOrFalse,
  }),
};

const isDiffId: Check = (value) => typeof value === "string" && isDigest(value);

/** Reads an image configuration, whoever wrote it. Absent fields get their empty values. Throws `invalid`. */
export function parseImageConfig(bytes: Buffer): ImageConfigFile {
  const document = parseJsonObject(bytes, "image configuration");
  const problem = problemIn(document, fileShape);
  if (problem !== undefined)
    throw new EngineError("invalid", `invalid image configuration: ${problem} is not what it should be`);
  const file = withoutNulls(document) as Partial<ImageConfigFile>;
  return {
    ...file,
    ...(file.config !== undefined && { config: withoutNulls(file.config) }),
    architecture: file.architecture ?? "",
    os: file.os ?? "",
    rootfs: { type: "layers", diff_ids: file.rootfs?.diff_ids ?? [] },
  };
}

/** Go writes null for what is empty; nobody else here need know. */
function withoutNulls(document: object): object {
  return Object.fromEntries(Object.entries(document).filter(([, value]) => value !== null));
}

/** Throws `invalid`, naming `what`. */
export function parseJsonObject(bytes: Buffer, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch (error) {
    throw new EngineError("invalid", `the ${what} is not JSON`, error);
  }
  if (!isRecord(value)) throw new EngineError("invalid", `the ${what} is not a JSON object`);
  return value;
}

/** The first field that fails its check. */
function problemIn(document: Record<string, unknown>, shape: Record<string, Check>): string | undefined {
  return Object.keys(shape).find((key) => {
    const value = document[key];
    return value !== undefined && value !== null && shape[key]?.(value) === false;
  });
}
