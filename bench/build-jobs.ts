import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must } from "../test/support/command.ts";
import { runPrefix } from "../test/support/paths.ts";
import { type Job, median, millisecondsOf, watched } from "./job.ts";
import { image, type Side } from "./side.ts";

const rounds = 5;
const tag = "bench-build:latest";

const dockerfile = `FROM ${image}
WORKDIR /app
RUN mkdir -p /app/bin && echo tools > /app/bin/tools
COPY package.json ./
RUN for i in $(seq 200); do echo "module $i" > mod-$i; done
COPY src ./src
RUN cat src/* > bundle && wc -c bundle
RUN find . -type f | sort > manifest
ENV READY=1
CMD ["cat", "manifest"]
`;

/** The ways a build is met: from nothing, again, and after an edit. BuildKit by its own client on dockerd's side. */
export const buildJobs: readonly Job[] = [
  {
    name: "build, 8 steps, cold",
    unit: "ms",
    rounds,
    measure: (side) =>
      withContext(async (context) => await millisecondsOf(() => build(side, context, "--no-cache"))),
  },
  {
    name: "build, 8 steps, all cached",
    unit: "ms",
    rounds,
    measure: (side) =>
      withContext(async (context) => {
        await build(side, context);
        const times = [];
        for (let round = 0; round < 3; round += 1)
          times.push(await millisecondsOf(() => build(side, context)));
        return median(times);
      }),
  },
  {
    name: "build, 8 steps, one file changed",
    unit: "ms",
    rounds,
    measure: (side) =>
      withContext(async (context) => {
        await build(side, context);
        writeFileSync(join(context, "src", "file-7"), `changed ${Date.now()} ${Math.random()}\n`);
        return await millisecondsOf(() => build(side, context));
      }),
  },
  {
    name: "build, 500 MB in 20,000 files, two changed",
    unit: "ms",
    rounds: 1,
    measure: (side) =>
      withContext(async (context) => {
        fill(context, 20_000, 25_000);
        await build(side, context);
        for (const name of ["big/17/file-1", "big/3/file-2"])
          writeFileSync(join(context, name), `changed ${Math.random()}`);
        return await watched(side, () => build(side, context));
      }),
  },
  {
    name: "build, ten at once of 8 steps, cold",
    unit: "ms",
    rounds: 1,
    measure: (side) =>
      withContext(async (context) => {
        const builds = Array.from({ length: 10 }, (_, index) => [
          "--build-arg",
          `BUILD=${index}`,
          "--no-cache",
        ]);
        return await watched(side, async () => {
          await Promise.all(builds.map((flags) => build(side, context, ...flags)));
        });
      }),
  },
];

async function build(side: Side, context: string, ...flags: string[]): Promise<void> {
  const verb = side.name === "gantry" ? ["build"] : ["buildx", "build"];
  await must([...side.command, ...verb, "-t", tag, ...flags, context], { timeoutMs: 300_000 });
}

async function withContext(measure: (context: string) => Promise<number>): Promise<number> {
  const context = mkdtempSync(join(tmpdir(), `${runPrefix}bench-build-`));
  try {
    mkdirSync(join(context, "src"));
    writeFileSync(join(context, "Dockerfile"), dockerfile);
    writeFileSync(join(context, "package.json"), "{}\n");
    for (let file = 0; file < 30; file += 1)
      writeFileSync(join(context, "src", `file-${file}`), `content ${file}\n`.repeat(200));
    return await measure(context);
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

/** Files that nothing copies but that a builder has to look at. */
function fill(context: string, files: number, sizeBytes: number): void {
  const line = Buffer.alloc(sizeBytes, "x");
  for (let directory = 0; directory < 100; directory += 1) {
    mkdirSync(join(context, "big", String(directory)), { recursive: true });
    for (let file = 0; file < files / 100; file += 1) {
      line.write(`${directory} ${file} `);
      writeFileSync(join(context, "big", String(directory), `file-${file}`), line);
    }
  }
  writeFileSync(join(context, "Dockerfile"), `FROM ${image}\nCOPY big /big\nRUN ls /big | wc -l > /count\n`);
}
