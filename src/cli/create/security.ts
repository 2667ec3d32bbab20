import { parseSecurityFlags } from "../../spec/security-opt.ts";
import { files } from "../files.ts";
import { fileError } from "./file-error.ts";

/** HostConfig's fields of `--security-opt`. */
export function securityOptions(options: readonly string[]) {
  const { securityOpt, maskedPaths, readonlyPaths } = parseSecurityFlags(options, readText);
  return {
    SecurityOpt: options.length === 0 ? null : securityOpt,
    MaskedPaths: maskedPaths ?? null,
    ReadonlyPaths: readonlyPaths ?? null,
  };
}

function readText(path: string): string {
  try {
    return files().readFileSync(path, "utf8");
  } catch (error) {
    throw fileError("open", path, error);
  }
}

/** Upper case, `CAP_` in front, each once, sorted: as docker's client sends them. */
export function capabilities(names: readonly string[]): string[] | null {
  if (names.length === 0) return null;
  const full = names.map((name) => {
    const upper = name.toUpperCase();
    return upper === "ALL" || upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
  });
  return [...new Set(full)].sort();
}
