import { cpus, loadavg, release } from "node:os";
import { buildJobs } from "./build-jobs.ts";
import { imageJobs } from "./image-jobs.ts";
import { docker, type Job, median, millisecondsOf, takePeakBytes, timed } from "./job.ts";
import { closeRegistry, registryJobs } from "./registry-jobs.ts";
import {
  image,
  openGantry,
  openPeer,
  pidsOf,
  proportionalBytes,
  removeAll,
  residentBytes,
  type Side,
} from "./side.ts";
import { watchJobs } from "./watch-jobs.ts";

const rounds = Number(process.env.GANTRY_BENCH_ROUNDS ?? 15);
const many = 50;
const floodBytes = 200_000_000;
const mebibyte = 1024 * 1024;

const jobs: Job[] = [
  timed("run --rm IMG true, bridge", rounds, (side) => docker(side, "run", "--rm", image, "true")),
  timed("run --rm IMG true, none", rounds, (side) =>
    docker(side, "run", "--rm", "--net", "none", image, "true"),
  ),
  timed("ps", rounds, (side) => docker(side, "ps")),
  {
    name: "exec C true",
    unit: "ms",
    rounds: Math.ceil(rounds / 3),
    measure: async (side) => {
      await docker(side, "run", "-d", "--name", "bench-exec", image, "sleep", "600");
      await docker(side, "exec", "bench-exec", "true");
      const times = [];
      for (let round = 0; round < 3; round += 1) {
        times.push(await millisecondsOf(() => docker(side, "exec", "bench-exec", "true")));
      }
      await docker(side, "rm", "-f", "bench-exec");
      return median(times);
    },
  },
  timed("create + start + kill + rm", rounds, async (side) => {
    await docker(side, "create", "--name", "bench-cycle", image, "sleep", "600");
    await docker(side, "start", "bench-cycle");
    await docker(side, "kill", "bench-cycle");
    await docker(side, "rm", "bench-cycle");
  }),
  {
    name: `start ${many} at once`,
    unit: "ms",
    rounds: 2,
    measure: async (side) => {
      const time = await millisecondsOf(() => startMany(side));
      await removeAll(side.command);
      return time;
    },
  },
  {
    name: `remove ${many} running`,
    unit: "ms",
    rounds: 2,
    measure: async (side) => {
      await startMany(side);
      return millisecondsOf(() => removeAll(side.command));
    },
  },
  timed("200 MB of lines through run", 2, async (side) => {
    const script = `yes 'a line of sixty-three characters, as programs like to print them.' | head -c ${floodBytes}`;
    const child = Bun.spawn([...side.command, "run", "--rm", image, "sh", "-c", script], { stdout: "pipe" });
    let bytes = 0;
    for await (const chunk of child.stdout) bytes += chunk.length;
    if (bytes !== floodBytes) throw new Error(`${side.name}: ${bytes} of ${floodBytes} bytes came through`);
  }),
  ...imageJobs,
  ...registryJobs,
  ...buildJobs,
  ...watchJobs,
  {
    name: "engine, memory now",
    unit: "MiB",
    rounds: 1,
    measure: async (side) => residentBytes(side.pids()) / mebibyte,
  },
  {
    name: "a running container beside its own processes",
    unit: "MiB",
    rounds: 1,
    measure: async (side) => {
      const before = residentBytes(side.pids()) + monitorBytes();
      await startMany(side);
      const cost = (residentBytes(side.pids()) + monitorBytes() - before) / many / mebibyte;
      await removeAll(side.command);
      return cost;
    },
  },
];

async function startMany(side: Side): Promise<void> {
  await Promise.all(
    Array.from({ length: many }, () => docker(side, "run", "-d", "--net", "none", image, "sleep", "600")),
  );
}

function monitorBytes(): number {
  return proportionalBytes(pidsOf(["conmon", "containerd-shim"]));
}

/** Both engines in turn, round by round, after one uncounted round each, so that a drifting machine hits both alike. */
async function compare(job: Job, sides: Side[]): Promise<void> {
  const results = sides.map((): number[] => []);
  for (let round = job.rounds > 1 ? -1 : 0; round < job.rounds; round += 1) {
    for (const [index, side] of sides.entries()) {
      const value = await job.measure(side);
      if (round >= 0) results[index]?.push(value);
    }
  }
  print(job.name, job.unit, results.map(median));
  const peaks = sides.map(takePeakBytes).filter((bytes) => bytes !== undefined);
  if (peaks.length > 0)
    print(
      "  engine, most memory meanwhile",
      "MiB",
      peaks.map((bytes) => bytes / mebibyte),
    );
}

function print(name: string, unit: Job["unit"], [ours = Number.NaN, theirs]: number[]): void {
  const digits = unit === "ms" ? 0 : 1;
  const cells = [`${ours.toFixed(digits)} ${unit}`];
  if (theirs !== undefined) cells.push(`${theirs.toFixed(digits)} ${unit}`, `${(theirs / ours).toFixed(1)}x`);
  console.log(name.padEnd(48) + cells.map((cell) => cell.padStart(12)).join(""));
}

const words = process.argv.slice(2);
const peer = await openPeer();
const sides = [await openGantry(), ...(peer === undefined ? [] : [peer])];
try {
  console.log(`Linux ${release()}, ${cpus().length} processors, load ${loadavg()[0]?.toFixed(1)}; medians`);
  console.log(
    "".padEnd(48) + [...sides.map(({ name }) => name), "ratio"].map((cell) => cell.padStart(12)).join(""),
  );
  for (const job of jobs) {
    if (words.length === 0 || words.some((word) => job.name.includes(word))) await compare(job, sides);
  }
} finally {
  await closeRegistry();
  for (const side of sides) await side.close();
}
