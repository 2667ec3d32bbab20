import { readFileSync } from "node:fs";
import { docker, type Job, median, millisecondsOf } from "./job.ts";
import { image, removeAll } from "./side.ts";

const manyStopped = 1000;
const manyRunning = 50;
const atOnce = 25;
const statsSeconds = 5;

/** What looking at many containers costs. */
export const watchJobs: Job[] = [
  {
    name: `ps -a of ${manyStopped} stopped`,
    unit: "ms",
    rounds: 1,
    measure: async (side) => {
      await repeated(manyStopped, () => docker(side, "create", "--net", "none", image));
      const times = [];
      for (let round = 0; round < 11; round += 1)
        times.push(await millisecondsOf(() => docker(side, "ps", "-a")));
      await removeAll(side.command);
      return median(times.slice(1));
    },
  },
  {
    name: `stats of ${manyRunning}, processor time a second`,
    unit: "ms",
    rounds: 1,
    measure: async (side) => {
      await repeated(manyRunning, () => docker(side, "run", "-d", image, "sleep", "600"));
      const child = Bun.spawn([...side.command, "stats"], { stdout: "ignore" });
      const used = () => processorMs([...side.pids(), child.pid]);
      await Bun.sleep(3000);
      const before = used();
      await Bun.sleep(statsSeconds * 1000);
      const cost = (used() - before) / statsSeconds;
      child.kill();
      await removeAll(side.command);
      return cost;
    },
  },
];

async function repeated(times: number, action: () => Promise<void>): Promise<void> {
  for (let done = 0; done < times; done += atOnce) await Promise.all(Array.from({ length: atOnce }, action));
}

/** User and system time of processes so far, by proc_pid_stat(5); USER_HZ is 100. */
function processorMs(pids: number[]): number {
  const ticks = pids.map((pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, each) => sum + each, 0) * 10;
}
