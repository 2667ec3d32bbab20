import { posix } from "node:path";
import type { AddInstruction, CopyInstruction } from "../instructions/instruction.ts";
import { commitId, type GitReference, parseGitReference } from "../remote/git-reference.ts";
import type { CopyRequest } from "../ops/copy.ts";
import { commitText } from "./commit-text.ts";
import type { Planner } from "./planner.ts";
import { placeStep, stepOn } from "./stage-changes.ts";
import type { StageState } from "./stage-state.ts";
import { type CopyFrom, copyStep } from "./steps.ts";

/** COPY and ADD. */
export async function dispatchTransfer(
  planner: Planner,
  state: StageState,
  transfer: AddInstruction | CopyInstruction,
): Promise<void> {
  const placed = placeStep(planner, state, transfer.text);
  const request = copyRequest(planner, state, transfer);
  const from =
    transfer.kind === "add"
      ? await addSources(planner, transfer)
      : await copySources(planner, state, transfer);
  const step = copyStep(planner.options.parts, placed, { parent: state.step, from, request });
  stepOn(state, step, `${commitText(transfer)} # buildkit`);
}

async function copySources(
  planner: Planner,
  state: StageState,
  { from, sources }: CopyInstruction,
): Promise<CopyFrom[]> {
  const group = { label: from ?? "", sources, unpacks: false };
  if (from === undefined) return [{ tree: planner.context(), ...group }];
  return [{ ...(await planner.source(from, state.index)), ...group }];
}

/** Local sources together, then each URL and each repository by itself. */
async function addSources(planner: Planner, add: AddInstruction): Promise<CopyFrom[]> {
  const remote: Promise<CopyFrom>[] = [];
  const local: string[] = [];
  for (const source of add.sources) {
    const repository = parseGitReference(source, "add");
    if (repository !== undefined) remote.push(addRepository(planner, add, repository));
    else if (/^https?:\/\//.test(source)) remote.push(addUrl(planner, add, source));
    else local.push(source);
  }
  if (add.checksum !== undefined && local.length > 0)
    throw new Error("checksum requires HTTP(S) or Git sources");
  const own = { tree: planner.context(), label: "", sources: local, unpacks: add.unpack !== false };
  return [own, ...(await Promise.all(remote))];
}

async function addUrl(
  planner: Planner,
  { checksum, unpack }: AddInstruction,
  url: string,
): Promise<CopyFrom> {
  const tree = await planner.download(url, checksum);
  return { tree, label: url, sources: ["*"], unpacks: unpack === true };
}

async function addRepository(
  planner: Planner,
  { checksum, keepGitDir }: AddInstruction,
  repository: GitReference,
): Promise<CopyFrom> {
  const { commit = checksum, keepGitDir: kept = keepGitDir } = repository;
  if (checksum !== undefined && commit !== checksum)
    throw new Error(`checksum mismatch ${JSON.stringify(checksum)} != ${JSON.stringify(commit)}`);
  if (keepGitDir !== undefined && kept !== keepGitDir)
    throw new Error("inconsistent keep-git-dir configuration");
  const tree = await planner.repository({
    ...repository,
    ...(commit !== undefined && { commit: commitId(commit) }),
    ...(kept !== undefined && { keepGitDir: kept }),
  });
  return { tree, label: repository.url, sources: ["/"], unpacks: false };
}

function copyRequest(
  planner: Planner,
  state: StageState,
  transfer: AddInstruction | CopyInstruction,
): CopyRequest {
  const { latestSeconds } = planner.options;
  const { excludes, chown, chmod, inlineFiles } = transfer;
  return {
    excludes,
    parents: transfer.kind === "copy" && transfer.parents,
    destination: destinationOf(state, transfer),
    files: inlineFiles.map(({ name, content }) => ({ name, content })),
    ...(chown !== undefined && { chown }),
    ...(chmod !== undefined && { chmod }),
    ...(latestSeconds !== undefined && { latestSeconds }),
    ...(isLinked(transfer) && { link: true as const }),
  };
}

/** As in BuildKit, not with --chmod; and names of users are those of the files below. */
function isLinked({ link, chmod, chown = "" }: AddInstruction | CopyInstruction): boolean {
  return link && chmod === undefined && /^(?:\d+(?::\d+)?)?$/.test(chown);
}

/** Absolute; several sources need a directory. */
function destinationOf(
  { draft }: StageState,
  { destination, sources, inlineFiles }: AddInstruction | CopyInstruction,
): string {
  const path = posix.resolve("/", draft.config.WorkingDir ?? "", destination);
  const isDirectory = /(?:^|\/)\.?$/.test(destination);
  if (sources.length + inlineFiles.length > 1 && !isDirectory)
    throw new Error(
      "When using COPY with more than one source file, the destination must be a directory and end with a /",
    );
  return isDirectory && path !== "/" ? `${path}/` : path;
}
