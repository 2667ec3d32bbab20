// Builds dist/gantry, the one file. Runs under node (npm run build), with the bun that npm installed.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
mkdirSync(join(root, "dist"), { recursive: true });
/** What `version` says of the build; empty outside of a git checkout. */
function commit() {
  const result = spawnSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" });
  return result.status === 0 ? result.stdout.trim() : "";
}
const bun = join(root, "node_modules", ".bin", "bun");
// Without the two --no-compile-autoload flags a .env or bunfig.toml in the user's folder would change what the
// command does, as root.
const result = spawnSync(
  bun,
  [
    "build",
    "src/main.ts",
    "--compile",
    "--bytecode",
    "--format=esm",
    "--minify",
    // A chunk of its own for every dynamic import: else each role would load what all roles import.
    "--splitting",
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    `--define=process.env.GANTRY_BUILD_COMMIT=${JSON.stringify(commit())}`,
    `--define=process.env.GANTRY_BUILD_TIME=${JSON.stringify(new Date().toISOString())}`,
    `--outfile=${process.env.GANTRY_OUT ?? "dist/gantry"}`,
  ],
  { cwd: root, stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, BUN_OPTIONS: "" } },
);
if (result.error) console.error(`build: ${result.error.message}`);
process.exit(result.status ?? 1);
