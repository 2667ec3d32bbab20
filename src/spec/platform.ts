// Platforms as people write them. Source: OCI image index "platform", GOOS/GOARCH names, containerd's aliases.
import { EngineError } from "../base/errors.ts";
import type { Platform } from "./oci-image.ts";

export type { Platform };

const component = /^[A-Za-z0-9_.-]+$/;
/** An operating system, its version and features in brackets. */
const systemComponent = /^([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.%-]*)((?:\+[A-Za-z0-9_.%-]+)*)\))?$/;
const systems = new Set(
  "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos".split(
    " ",
  ),
);
const architectures = new Set(
  (
    "386 amd64 amd64p32 arm armbe arm64 arm64be ppc64 ppc64le loong64 mips mipsle mips64 mips64le mips64p32 " +
    "mips64p32le ppc riscv riscv64 s390 s390x sparc sparc64 wasm"
  ).split(" "),
);

/**
 * `os/arch[/variant]`, or one of them alone: the rest is then the host's. Case and aliases (`x86_64`, `aarch64`)
 * are normalised. Throws `invalid` with containerd's words.
 */
export function parsePlatform(text: string, host: Platform = hostPlatform()): Platform {
  if (text.includes("*")) throw invalid(`${quote(text)}: wildcards not yet supported: invalid argument`);
  const parts = text.split("/");
  for (const [index, part] of parts.entries()) {
    if (index === 0 ? systemComponent.test(part) : component.test(part)) continue;
    if (index === 0)
      throw invalid(
        `${quote(part)} is an invalid OS component of ${quote(text)}: OSAndVersion specifier component must match ${quote(systemComponent.source)}: invalid argument`,
      );
    throw invalid(
      `${quote(part)} is an invalid component of ${quote(text)}: platform specifier component must match "^[A-Za-z0-9_.-]+$": invalid argument`,
    );
  }
  const [first = "", second, variant] = parts;
  if (parts.length > 3) throw invalid(`${quote(text)}: cannot parse platform specifier: invalid argument`);
  if (second === undefined) return fromOne(first, text, host);
  return withArchitecture(normalizeSystem(first), second, variant);
}

/** `os/arch[/variant]`. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant ? [variant] : [])].join("/");
}

/** Aliases resolved; `arm64/v8` and `amd64/v1` lose the variant that says nothing. */
export function normalizePlatform(platform: Platform): Platform {
  const { variant: _, ...rest } = platform;
  const normal = withArchitecture(normalizeSystem(platform.os), platform.architecture, platform.variant);
  return { ...rest, ...normal };
}

/** Whether what is built for `candidate` runs on `wanted`: same system and architecture, no newer variant. */
export function platformMatches(candidate: Platform, wanted: Platform): boolean {
  const have = normalizePlatform(candidate);
  const want = normalizePlatform(wanted);
  if (have.os !== want.os || have.architecture !== want.architecture) return false;
  return variantRank(have) <= variantRank(want);
}

/** Whether both name the same platform. */
export function samePlatform(a: Platform, b: Platform): boolean {
  return formatPlatform(normalizePlatform(a)) === formatPlatform(normalizePlatform(b));
}

/** What this program runs on. */
export function hostPlatform(): Platform {
  const architectures: Record<string, string> = { x64: "amd64", ia32: "386", ppc64: "ppc64le" };
  return withArchitecture(
    process.platform === "win32" ? "windows" : process.platform,
    architectures[process.arch] ?? process.arch,
  );
}

function fromOne(word: string, text: string, host: Platform): Platform {
  const os = normalizeSystem(word);
  if (systems.has(os)) return withArchitecture(os, host.architecture, host.variant);
  const platform = withArchitecture(host.os, word);
  if (architectures.has(platform.architecture)) return platform;
  throw invalid(`${quote(text)}: unknown operating system or architecture: invalid argument`);
}

function normalizeSystem(os: string): string {
  const lower = os.toLowerCase();
  return lower === "macos" ? "darwin" : lower;
}

function withArchitecture(os: string, architecture: string, variant = ""): Platform {
  const [name, kind] = normalizeArchitecture(architecture.toLowerCase(), variant.toLowerCase());
  return { architecture: name, os, ...(kind !== "" && { variant: kind }) };
}

function normalizeArchitecture(name: string, variant: string): [name: string, variant: string] {
  switch (name) {
    case "i386":
      return ["386", ""];
    case "x86_64":
    case "x86-64":
    case "amd64":
      return ["amd64", variant === "v1" ? "" : variant];
    case "aarch64":
    case "arm64":
      return ["arm64", variant === "8" || variant === "v8" || variant === "v8.0" ? "" : variant];
    case "armhf":
      return ["arm", "v7"];
    case "armel":
      return ["arm", "v6"];
    case "arm":
      return ["arm", variant === "" ? "v7" : /^[5-8]$/.test(variant) ? `v${variant}` : variant];
    case "mips64el":
      return ["mips64le", variant];
    default:
      return [name, variant];
  }
}

/** Variants are ordered by their number; none is the least of its architecture. */
function variantRank({ variant = "" }: Platform): number {
  return variant === "" ? 0 : Number(/^v?(\d+(?:\.\d+)?)/.exec(variant)?.[1] ?? Infinity);
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function invalid(message: string): EngineError {
  return new EngineError("invalid", message);
}
