import { heredocText, parseHeredocMark } from "../dockerfile/heredoc.ts";
import type { Node } from "../dockerfile/node.ts";
import { type FlagKind, type Flags, readFlags } from "./flags.ts";
import type { AddInstruction, CopyInstruction, InlineFile } from "./instruction.ts";

const shared = { chown: "string", chmod: "string", link: "bool", exclude: "list" } as const;
const copyFlags: Record<string, FlagKind> = { ...shared, from: "string", parents: "bool" };
const addFlags: Record<string, FlagKind> = {
  ...shared,
  "keep-git-dir": "bool",
  checksum: "string",
  unpack: "bool",
};

export function readCopy(node: Node): CopyInstruction {
  requireDestination(node);
  const flags = readFlags(node.flags, copyFlags);
  return {
    kind: "copy",
    ...readTransfer(node, flags),
    parents: flags.bool("parents") ?? false,
    ...text("from", flags.string("from")),
  };
}

export function readAdd(node: Node): AddInstruction {
  requireDestination(node);
  const flags = readFlags(node.flags, addFlags);
  const [keepGitDir, unpack] = [flags.bool("keep-git-dir"), flags.bool("unpack")];
  return {
    kind: "add",
    ...readTransfer(node, flags),
    ...text("checksum", flags.string("checksum")),
    ...(keepGitDir !== undefined && { keepGitDir }),
    ...(unpack !== undefined && { unpack }),
  };
}

function requireDestination({ words, instruction }: Node): void {
  if (words.length >= 2) return;
  const name = instruction.toUpperCase();
  throw new Error(
    `${name} requires at least two arguments, but only one was provided. Destination could not be determined`,
  );
}

function readTransfer(node: Node, flags: Flags) {
  const destination = node.words.at(-1) ?? "";
  if (parseHeredocMark(destination) !== undefined)
    throw new Error(`${node.instruction.toUpperCase()} cannot accept a heredoc as a destination`);
  return {
    ...readSources(node),
    destination,
    range: node.range,
    text: node.text,
    link: flags.bool("link") ?? false,
    excludes: flags.list("exclude"),
    ...text("chown", flags.string("chown")),
    ...text("chmod", flags.string("chmod")),
  };
}

function readSources({ words, heredocs }: Node): { sources: string[]; inlineFiles: InlineFile[] } {
  const sources: string[] = [];
  const inlineFiles: InlineFile[] = [];
  for (const word of words.slice(0, -1)) {
    const mark = parseHeredocMark(word);
    const heredoc = mark && heredocs.find(({ name }) => name === mark.name);
    if (heredoc === undefined) sources.push(word);
    else inlineFiles.push({ name: heredoc.name, content: heredocText(heredoc), expand: heredoc.expand });
  }
  return { sources, inlineFiles };
}

/** A flag that was given empty counts as not given. */
function text<Name extends string>(name: Name, value: string | undefined): { [name in Name]?: string } {
  return (value === undefined || value === "" ? {} : { [name]: value }) as { [name in Name]?: string };
}
