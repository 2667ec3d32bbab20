import type { EscapeCharacter, SourceRange } from "../dockerfile/node.ts";
import { expandInstruction } from "../instructions/expand-instruction.ts";
import type { Instruction } from "../instructions/instruction.ts";
import type { Warn } from "../instructions/lint-rules.ts";
import type { Scope } from "../instructions/scope.ts";
import { nearWord } from "../instructions/suggestion.ts";

/** What the checks remember of a stage. */
export interface StageFacts {
  /** Whether every variable of the base is known. */
  known: boolean;
  /** An absolute WORKDIR was set. */
  workdir: boolean;
  /** SHELL was set: then the shell form is meant. */
  shell: boolean;
  /** Where an instruction that counts only once stands, by its name. */
  last: Map<string, SourceRange>;
}

const once = new Set(["cmd", "entrypoint", "healthcheck"]);
const secretName = /(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i;
const publicName = /(?:_|^)public(?:_|$)/i;

/** The checks of one instruction; sets its variables in the scope, and answers it with all of them replaced. Throws DockerfileError. */
export function lintInstruction(
  instruction: Instruction,
  scope: Scope,
  facts: StageFacts,
  { escape, warn, ignored }: { escape: EscapeCharacter; warn: Warn; ignored: (path: string) => boolean },
): Instruction {
  const report = (unset: Iterable<string>) => reportUnset(instruction, unset, { scope, facts, warn });
  if (instruction.kind === "arg") {
    for (const { name, unset } of scope.declare(instruction)) {
      lintSecret(instruction, name, warn);
      report(unset);
    }
    return instruction;
  }
  const { instruction: expanded, unset } = expandInstruction(instruction, scope.lookup, escape);
  // EXPOSE is expanded without a word about what is missing.
  if (instruction.kind !== "expose") report(unset);
  lintKind(expanded, instruction, { facts, warn });
  lintSources(expanded, ignored, warn);
  if (expanded.kind === "env") for (const { name, value } of expanded.pairs) scope.set(name, value);
  return expanded;
}

function reportUnset(
  { range }: Instruction,
  unset: Iterable<string>,
  { scope, facts, warn }: { scope: Scope; facts: StageFacts; warn: Warn },
): void {
  if (!facts.known) return;
  const declared = new Set(scope.declared().map(({ name }) => name));
  for (const name of unset) {
    if (declared.has(name)) continue;
    const near = nearWord(name, scope.values().keys());
    warn("UndefinedVar", [range], name, near === undefined ? "" : `$${near}`);
  }
}

function lintKind(
  expanded: Instruction,
  written: Instruction,
  { facts, warn }: { facts: StageFacts; warn: Warn },
): void {
  const { kind, range } = expanded;
  const name = kind.toUpperCase();
  if (once.has(kind)) {
    const before = facts.last.get(kind);
    if (before !== undefined) warn("MultipleInstructionsDisallowed", [before], name);
    facts.last.set(kind, range);
  }
  if ((kind === "cmd" || kind === "entrypoint") && expanded.command.form === "shell" && !facts.shell)
    warn("JSONArgsRecommended", [range], name);
  if (kind === "shell") facts.shell = true;
  if (written.kind === "env" || written.kind === "label")
    if (written.pairs.some(({ legacy }) => legacy)) warn("LegacyKeyValueFormat", [range], name);
  if (kind === "env") for (const pair of expanded.pairs) lintSecret(expanded, pair.name, warn);
  if (kind === "expose") lintPorts(expanded.ports, range, warn);
  if (kind === "workdir") {
    if (expanded.path.startsWith("/")) facts.workdir = true;
    else if (!facts.workdir) warn("WorkdirRelativePath", [range], expanded.path);
  }
}

/** BuildKit takes sources as they are written: `./a` is not found to be ignored. */
function lintSources(instruction: Instruction, ignored: (path: string) => boolean, warn: Warn): void {
  if (instruction.kind !== "copy" && instruction.kind !== "add") return;
  if (instruction.kind === "copy" && instruction.from !== undefined) return;
  const verb = instruction.kind === "copy" ? "Copy" : "Add";
  for (const source of instruction.sources)
    if (ignored(source)) warn("CopyIgnoredFile", [instruction.range], verb, source);
}

function lintSecret({ kind, range }: Instruction, name: string, warn: Warn): void {
  if (secretName.test(name) && !publicName.test(name))
    warn("SecretsUsedInArgOrEnv", [range], kind.toUpperCase(), name);
}

function lintPorts(ports: readonly string[], range: SourceRange, warn: Warn): void {
  for (const port of ports) {
    const [place = "", protocol = ""] = port.split("/", 2);
    if (protocol !== protocol.toLowerCase()) warn("ExposeProtoCasing", [range], port);
    if (place.includes(":")) warn("ExposeInvalidFormat", [range], port);
  }
}
