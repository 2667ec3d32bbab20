import { spawn } from "node:child_process";

/** What nft(8) said when it failed. */
export class NftError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "NftError";
  }
}

/** Runs a script in one transaction: all of it or nothing. Throws an NftError. */
export async function applyNft(script: string): Promise<void> {
  await nft(["-f", "-"], script);
}

/** A table with its rules and sets as nft prints it, without counters; undefined where there is none. */
export async function listNftTable(family: string, table: string): Promise<string | undefined> {
  return await absentAsUndefined(nft(["-s", "list", "table", family, table]));
}

/** One chain with the handles of its rules (`# handle 7`); undefined where there is none. */
export async function listNftChain(
  family: string,
  table: string,
  chain: string,
): Promise<string | undefined> {
  return await absentAsUndefined(nft(["-s", "-a", "list", "chain", family, table, chain]));
}

async function absentAsUndefined(output: Promise<string>): Promise<string | undefined> {
  try {
    return await output;
  } catch (error) {
    if (error instanceof NftError && error.message.includes("No such file or directory")) return undefined;
    throw error;
  }
}

async function nft(args: string[], input = ""): Promise<string> {
  const child = spawn("nft", args, { stdio: ["pipe", "pipe", "pipe"] });
  const output: Buffer[] = [];
  const complaints: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => complaints.push(chunk));
  child.stdin.on("error", () => {}); // it died early; its words and exit code tell why
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", (error) => {
      reject(errnoIsMissing(error) ? new NftError("nft is not installed: bridge networks need it") : error);
    });
    child.once("close", resolve);
  });
  if (code === 0) return Buffer.concat(output).toString();
  throw new NftError(`nft: ${Buffer.concat(complaints).toString().trim() || `exit code ${code}`}`);
}

function errnoIsMissing(error: Error): boolean {
  return (error as { code?: string }).code === "ENOENT";
}
