import { parseAnnotation } from "../../spec/annotation.ts";
import { attestationText, parseAttestations } from "../../spec/attestation-option.ts";
import { parseCacheOption } from "../../spec/cache-option.ts";
import { parseBytes, parseSwapBytes } from "../../spec/size.ts";
import { parseUlimit } from "../../spec/ulimit.ts";
import type { Flag } from "../command.ts";

const progressModes = ["auto", "plain", "tty", "rawjson", "quiet", "none"] as const;
const calls = ["build", "check", "outline", "targets"] as const;

/** Flags of `build`, in buildx's words, with the classic builder's limits. */
// biome-ignore format: a table
export const buildFlags: readonly Flag[] = [
  { name: "add-host", kind: "list", value: "strings", summary: 'Add a custom host-to-IP mapping (format: "host:ip")' },
  { name: "allow", kind: "list", value: "stringArray", summary: 'Allow extra privileged entitlement (e.g., "network.host", "security.insecure")', complete: ["network.host", "security.insecure"] },
  { name: "annotation", kind: "list", value: "stringArray", summary: "Add annotation to the image", check: (text) => void parseAnnotation(text) },
  { name: "attest", kind: "list", value: "stringArray", summary: 'Attestation parameters (format: "type=provenance,mode=max")', check: (text) => void parseAttestations([text]) },
  { name: "build-arg", kind: "list", value: "stringArray", summary: "Set build-time variables" },
  { name: "build-context", kind: "list", value: "stringArray", summary: "Additional build contexts (e.g., name=path)" },
  { name: "builder", kind: "string", summary: 'Override the configured builder instance: there is "default" alone', complete: ["default"] },
  { name: "cache-from", kind: "list", value: "stringArray", summary: 'External cache sources (e.g., "user/app:cache", "type=local,src=path/to/dir")', check: (text) => void parseCacheOption(text, "from") },
  { name: "cache-to", kind: "list", value: "stringArray", summary: 'Cache export destinations (e.g., "user/app:cache", "type=local,dest=path/to/dir")', check: (text) => void parseCacheOption(text, "to") },
  { name: "call", kind: "string", summary: 'Set method for evaluating build ("check", "outline", "targets")', default: '"build"', complete: calls },
  { name: "cgroup-parent", kind: "string", summary: 'Set the parent cgroup for the "RUN" instructions during build' },
  { name: "check", kind: "bool", summary: 'Shorthand for "--call=check"' },
  { name: "compress", kind: "bool", summary: "Compress the build context using gzip", hidden: true },
  { name: "cpu-period", kind: "int", summary: "Limit the CPU CFS (Completely Fair Scheduler) period", hidden: true },
  { name: "cpu-quota", kind: "int", summary: "Limit the CPU CFS (Completely Fair Scheduler) quota", hidden: true },
  { name: "cpu-shares", short: "c", kind: "int", summary: "CPU shares (relative weight)", hidden: true },
  { name: "cpuset-cpus", kind: "string", summary: "CPUs in which to allow execution (0-3, 0,1)", hidden: true },
  { name: "cpuset-mems", kind: "string", summary: "MEMs in which to allow execution (0-3, 0,1)", hidden: true },
  { name: "debug", short: "D", kind: "bool", summary: "Enable debug logging", hidden: true },
  { name: "disable-content-trust", kind: "bool", summary: "Skip image verification", default: "true", hidden: true },
  { name: "explain", kind: "bool", summary: "Say for each step that ran which of its inputs changed" },
  { name: "file", short: "f", kind: "string", summary: "Name of the Dockerfile", default: '"PATH/Dockerfile"', complete: "file" },
  { name: "force-rm", kind: "bool", summary: "Always remove intermediate containers", hidden: true },
  { name: "iidfile", kind: "string", summary: "Write the image ID to a file", complete: "file" },
  { name: "isolation", kind: "string", summary: "Container isolation technology", hidden: true },
  { name: "label", kind: "list", value: "stringArray", summary: "Set metadata for an image" },
  { name: "load", kind: "bool", summary: 'Shorthand for "--output=type=docker"' },
  { name: "memory", short: "m", kind: "string", value: "bytes", summary: "Memory limit of the build's steps", check: (text) => void parseBytes(text) },
  { name: "memory-swap", kind: "string", value: "bytes", summary: "Swap limit equal to memory plus swap: -1 to enable unlimited swap", check: (text) => void parseSwapBytes(text) },
  { name: "metadata-file", kind: "string", summary: "Write build result metadata to a file", complete: "file" },
  { name: "network", kind: "string", summary: 'Set the networking mode for the "RUN" instructions during build', default: '"default"' },
  { name: "no-cache", kind: "bool", summary: "Do not use cache when building the image" },
  { name: "no-cache-filter", kind: "list", value: "stringArray", summary: "Do not cache specified stages" },
  { name: "output", short: "o", kind: "list", value: "stringArray", summary: 'Output destination (format: "type=local,dest=path")' },
  { name: "platform", kind: "list", value: "stringArray", summary: "Set target platform for build" },
  { name: "progress", kind: "string", summary: 'Set type of progress output ("auto", "none", "plain", "quiet", "rawjson", "tty"). Use plain to show container output', default: '"auto"', complete: progressModes },
  { name: "provenance", kind: "string", summary: 'Shorthand for "--attest=type=provenance"', check: (text) => void parseAttestations([attestationText("provenance", text)]) },
  { name: "pull", kind: "bool", summary: "Always attempt to pull all referenced images" },
  { name: "push", kind: "bool", summary: 'Shorthand for "--output=type=registry"' },
  { name: "quiet", short: "q", kind: "bool", summary: "Suppress the build output and print image ID on success" },
  { name: "rm", kind: "bool", summary: "Remove intermediate containers after a successful build", default: "true", hidden: true },
  { name: "sbom", kind: "string", summary: 'Shorthand for "--attest=type=sbom"', check: (text) => void parseAttestations([attestationText("sbom", text)]) },
  { name: "secret", kind: "list", value: "stringArray", summary: 'Secret to expose to the build (format: "id=mysecret[,src=/local/secret]")' },
  { name: "security-opt", kind: "list", value: "stringArray", summary: "Security options", hidden: true },
  { name: "shm-size", kind: "string", value: "bytes", summary: "Shared memory size for build containers", check: (text) => void parseBytes(text) },
  { name: "squash", kind: "bool", summary: "Squash newly built layers into a single new layer", hidden: true },
  { name: "ssh", kind: "list", value: "stringArray", summary: 'SSH agent socket or keys to expose to the build (format: "default|<id>[=<socket>|<key>[,<key>]]")' },
  { name: "tag", short: "t", kind: "list", value: "stringArray", summary: 'Name and optionally a tag (format: "name:tag")' },
  { name: "target", kind: "string", summary: "Set the target build stage to build" },
  { name: "ulimit", kind: "list", value: "ulimit", summary: "Ulimit options", default: "[]", check: (text) => void parseUlimit(text) },
];
