// Builds dist/gantry, the one file. Runs under node (npm run build), with the bun that npm installed.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
mkdirSync(join(root, "dist"), { recursive: true });
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
    `--outfile=${process.env.GANTRY_OUT ?? "dist/gantry"}`,
  ],
  { cwd: root, stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, BUN_OPTIONS: "" } },
);
if (result.error) console.error(`build: ${result.error.message}`);
process.exit(result.status ?? 1);
