import type { Command } from "./command.ts";

export interface Entry {
  /** The command's words and its aliases, as in `Command.names`: known without loading the command. */
  names: readonly string[];
  load: () => Promise<{ command: Command }>;
}

/** Groups of commands and what help says of them. */
export const groups: Record<string, string> = {
  builder: "Manage builds",
  buildx: "Build images",
  completion: "Generate the autocompletion script for the specified shell",
  container: "Manage containers",
  context: "Manage contexts",
  image: "Manage images",
  manifest: "Look at image manifests and manifest lists",
  network: "Manage networks",
  system: "Manage Gantry",
  volume: "Manage volumes",
};

/** Every command: only the file of the one that runs is loaded. One line each, sorted. */
// biome-ignore format: a table
export const registry: readonly Entry[] = [
  { names: ["__complete"], load: () => import("./commands/completion/complete.ts") },
  { names: ["builder du"], load: () => import("./commands/builder/du.ts") },
  { names: ["builder prune"], load: () => import("./commands/builder/prune.ts") },
  { names: ["completion bash"], load: () => import("./commands/completion/bash.ts") },
  { names: ["completion fish"], load: () => import("./commands/completion/fish.ts") },
  { names: ["completion zsh"], load: () => import("./commands/completion/zsh.ts") },
  { names: ["container attach", "attach"], load: () => import("./commands/container/attach.ts") },
  { names: ["container commit", "commit"], load: () => import("./commands/container/commit.ts") },
  { names: ["container cp", "cp"], load: () => import("./commands/container/cp.ts") },
  { names: ["container create", "create"], load: () => import("./commands/container/create.ts") },
  { names: ["container diff", "diff"], load: () => import("./commands/container/diff.ts") },
  { names: ["container exec", "exec"], load: () => import("./commands/container/exec.ts") },
  { names: ["container export", "export"], load: () => import("./commands/container/export.ts") },
  { names: ["container inspect"], load: () => import("./commands/container/inspect.ts") },
  { names: ["container kill", "kill"], load: () => import("./commands/container/kill.ts") },
  { names: ["container logs", "logs"], load: () => import("./commands/container/logs.ts") },
  { names: ["container ls", "ps", "container ps", "container list"], load: () => import("./commands/container/ls.ts") },
  { names: ["container pause", "pause"], load: () => import("./commands/container/pause.ts") },
  { names: ["container port", "port"], load: () => import("./commands/container/port.ts") },
  { names: ["container prune"], load: () => import("./commands/container/prune.ts") },
  { names: ["container rename", "rename"], load: () => import("./commands/container/rename.ts") },
  { names: ["container restart", "restart"], load: () => import("./commands/container/restart.ts") },
  { names: ["container rm", "rm", "container remove"], load: () => import("./commands/container/rm.ts") },
  { names: ["container run", "run"], load: () => import("./commands/container/run.ts") },
  { names: ["container start", "start"], load: () => import("./commands/container/start.ts") },
  { names: ["container stats", "stats"], load: () => import("./commands/container/stats.ts") },
  { names: ["container stop", "stop"], load: () => import("./commands/container/stop.ts") },
  { names: ["container top", "top"], load: () => import("./commands/container/top.ts") },
  { names: ["container unpause", "unpause"], load: () => import("./commands/container/unpause.ts") },
  { names: ["container update", "update"], load: () => import("./commands/container/update.ts") },
  { names: ["container wait", "wait"], load: () => import("./commands/container/wait.ts") },
  { names: ["context create"], load: () => import("./commands/context/create.ts") },
  { names: ["context export"], load: () => import("./commands/context/export.ts") },
  { names: ["context import"], load: () => import("./commands/context/import.ts") },
  { names: ["context inspect"], load: () => import("./commands/context/inspect.ts") },
  { names: ["context ls", "context list"], load: () => import("./commands/context/ls.ts") },
  { names: ["context rm", "context remove"], load: () => import("./commands/context/rm.ts") },
  { names: ["context show"], load: () => import("./commands/context/show.ts") },
  { names: ["context update"], load: () => import("./commands/context/update.ts") },
  { names: ["context use"], load: () => import("./commands/context/use.ts") },
  { names: ["image diff"], load: () => import("./commands/image/diff.ts") },
  { names: ["image build", "build", "builder build", "buildx build"], load: () => import("./commands/image/build.ts") },
  { names: ["image history", "history"], load: () => import("./commands/image/history.ts") },
  { names: ["image import", "import"], load: () => import("./commands/image/import.ts") },
  { names: ["image inspect"], load: () => import("./commands/image/inspect.ts") },
  { names: ["image load", "load"], load: () => import("./commands/image/load.ts") },
  { names: ["image ls", "images", "image list"], load: () => import("./commands/image/ls.ts") },
  { names: ["image prune"], load: () => import("./commands/image/prune.ts") },
  { names: ["image pull", "pull"], load: () => import("./commands/image/pull.ts") },
  { names: ["image push", "push"], load: () => import("./commands/image/push.ts") },
  { names: ["image rm", "rmi", "image remove"], load: () => import("./commands/image/rm.ts") },
  { names: ["image save", "save"], load: () => import("./commands/image/save.ts") },
  { names: ["image tag", "tag"], load: () => import("./commands/image/tag.ts") },
  { names: ["inspect"], load: () => import("./commands/system/inspect.ts") },
  { names: ["lease"], load: () => import("./commands/lease/lease.ts") },
  { names: ["login"], load: () => import("./commands/registry/login.ts") },
  { names: ["logout"], load: () => import("./commands/registry/logout.ts") },
  { names: ["manifest inspect"], load: () => import("./commands/manifest/inspect.ts") },
  { names: ["network connect"], load: () => import("./commands/network/connect.ts") },
  { names: ["network create"], load: () => import("./commands/network/create.ts") },
  { names: ["network disconnect"], load: () => import("./commands/network/disconnect.ts") },
  { names: ["network inspect"], load: () => import("./commands/network/inspect.ts") },
  { names: ["network ls", "network list"], load: () => import("./commands/network/ls.ts") },
  { names: ["network prune"], load: () => import("./commands/network/prune.ts") },
  { names: ["network rm", "network remove"], load: () => import("./commands/network/rm.ts") },
  { names: ["search"], load: () => import("./commands/registry/search.ts") },
  { names: ["system df"], load: () => import("./commands/system/df.ts") },
  { names: ["system dial-stdio"], load: () => import("./commands/system/dial-stdio.ts") },
  { names: ["system events", "events"], load: () => import("./commands/system/events.ts") },
  { names: ["system info", "info"], load: () => import("./commands/system/info.ts") },
  { names: ["system prune"], load: () => import("./commands/system/prune.ts") },
  { names: ["version"], load: () => import("./commands/system/version.ts") },
  { names: ["volume create"], load: () => import("./commands/volume/create.ts") },
  { names: ["volume inspect"], load: () => import("./commands/volume/inspect.ts") },
  { names: ["volume ls", "volume list"], load: () => import("./commands/volume/ls.ts") },
  { names: ["volume prune"], load: () => import("./commands/volume/prune.ts") },
  { names: ["volume rm", "volume remove"], load: () => import("./commands/volume/rm.ts") },
];

export function findEntry(path: string): Entry | undefined {
  return registry.find((entry) => entry.names.includes(path));
}

/** Every word that may follow `prefix` (a group or nothing), for suggestions and completion. */
export function wordsAfter(prefix: string): string[] {
  const words = prefix === "" ? Object.keys(groups) : [];
  for (const { names } of registry) {
    for (const name of names) {
      const [first = "", second] = name.split(" ");
      if (prefix === "" && second === undefined) words.push(first);
      if (first === prefix && second !== undefined) words.push(second);
    }
  }
  return words;
}
