/** Where an answer of ours is not dockerd's, on purpose. */
export interface Allowed {
  /** Why. */
  reason: string;
  /** What dockerd says; it must be there, or the entry is out of date; unless it says so only at times. */
  theirs: string | RegExp;
  sometimes?: true;
  /** The words are the command's: docker's client asked of our engine says what it always says. */
  ofCommand?: true;
  /** What ours says in its place. */
  ours: string;
}

const crunWords = "crun's own words for what runc says otherwise";
const crunDev = "crun makes the link /dev/core";
const numbers = "runc's first process has used up some numbers of processes";
const mountDetails: Allowed = {
  reason: "crun does not tell the arguments of mount(2)",
  theirs: /: mount src=[^:]*(?:: )(?=invalid argument|not a directory)/g,
  ours: ": ",
};

const coreLink: Allowed = {
  reason: crunDev,
  theirs: /^(lrwxrwxrwx 0 0 0,0 'fd' [^\r\n]*)(\r?\n)/gm,
  ours: "lrwxrwxrwx 0 0 0,0 'core' -> '/proc/kcore'$2$1$2",
};

const ownPaths: Allowed[] = [
  { reason: "crun is the default", theirs: 'HostConfig.Runtime: "runc"', ours: 'HostConfig.Runtime: "crun"' },
];

const noVersion: Allowed = {
  reason: "no version of an engine in what is made of its input alone",
  theirs: /^(\[0\]\.DockerVersion): "[^"]+"$/gm,
  ours: '$1: ""',
};

/** By the title of the case. */
export const allowed: Record<string, Allowed[]> = {
  "privileged mounts and devices": [{ reason: crunDev, theirs: "\ncpu\n", ours: "\ncore\ncpu\n" }],
  "/dev": [coreLink],
  "/dev with -t": [coreLink],
  "wrong security options": [
    {
      reason: "the words of another JSON parser",
      ofCommand: true,
      theirs: "invalid character 'b' looking for beginning of object key string",
      ours: "JSON Parse error: Expected '}'",
    },
  ],
  "--init": [{ reason: numbers, theirs: /^ +\d+ ps -o/gm, ours: "    2 ps -o" }],
  "--pid": [{ reason: numbers, theirs: /^ +\d+ ps -o/gm, ours: "    2 ps -o" }],
  "out of memory": [
    {
      reason: "on cgroup v1 dockerd mostly misses the event when the first process is what was killed",
      theirs: /\b(?:false|true) 137/g,
      ours: "true 137",
    },
  ],
  "--mac-address, --ip": [
    {
      reason:
        "a dockerd that finds its bridge there when it starts takes the bridge's subnet for one that was asked for",
      sometimes: true,
      theirs: /no configured subnet or ip-range contain the IP address \S+/g,
      ours: "user specified IP address is supported only when connecting to networks with user configured subnets",
    },
  ],
  "cpu wrong": [
    {
      reason: crunWords,
      theirs: /error setting cgroup config for procHooks process: failed to write "100": write [^:]*: /g,
      ours: "writing file `cpu.cfs_quota_us`: ",
    },
    {
      reason: "crun takes one share for the least there is, as the kernel does",
      theirs: /docker: [^\n]*the minimum allowed cpu-shares is 2\n\n[^\n]*\n=> 125\n/g,
      ours: "",
    },
    {
      reason: crunWords,
      theirs: /unable to apply cgroup configuration: failed to write "5": write [^:]*: /g,
      ours: "error during container init: writing file `cpu.rt_runtime_us`: ",
    },
  ],
  "cgroup view": [
    {
      reason: "crun makes a group in the v2 tree of a hybrid machine, too",
      theirs: "\n:/\n",
      ours: "\n:<cgroup>/ID\n",
    },
    {
      reason: "crun makes the links of controllers mounted together",
      theirs: "\nmemory\npids\n",
      ours: "\nmemory\nnet_cls\nnet_prio\npids\n",
    },
  ],
  "sysctls wrong": [
    {
      reason: "sysctls of the network are set with the network, before the runtime runs",
      theirs: /failed to create task for [^\n]*open sysctl net.nosuch file: [^\n]*: no such/g,
      ours: "failed to set up container networking: open sysctl net.nosuch file: no such",
    },
    {
      reason: "sysctls of the network are set with the network, before the runtime runs",
      theirs:
        /failed to create task for [^\n]*(failed to write sysctl net.core.somaxconn = "x"): [^\n]*: invalid/g,
      ours: "failed to set up container networking: $1: invalid",
    },
  ],
  "bind of a file": [mountDetails],
  "--tmpfs wrong": [mountDetails],
  "-v forms": [
    {
      reason: "a volume in the place of the root is refused at create, in words that name it",
      theirs: /failed to create task for [^\n]*is on the top of rootfs [^\n]*/g,
      ours: "invalid specification: destination can't be '/'",
    },
  ],
  "bind over what the engine makes": [
    {
      reason: "crun allows a mount over the whole of /proc",
      theirs: /docker: [^\n]*cannot be mounted because it is not of type proc\n\n[^\n]*\n=> 125\n/g,
      ours: "",
    },
    {
      reason: crunWords,
      theirs: /error mounting [^\n]*make mountpoint "\/proc\/x": mkdirat [^:]*:/g,
      ours: "mkdir `/proc/x`:",
    },
    { reason: crunWords, theirs: "can't mask paths: open /dev/null:", ours: "failed open()ing /dev/null:" },
  ],
  "--read-only": [
    {
      reason: "crun masks files with mounts that are read-only",
      theirs: /^(\/proc\/(?:interrupts|keys|timer_list)) rw$/gm,
      ours: "$1 ro",
    },
  ],
  "--log-driver": [
    {
      reason: "the drivers there are, named",
      theirs: 'plugin "nosuch" not found',
      ours: 'plugin "nosuch" not found (log drivers are journald, json-file, local, none, syslog)',
    },
  ],
  "inspect of an image": [noVersion],
  "inspect of a committed image": [noVersion],
  info: [
    { reason: "there is no containerd", theirs: /^Containerd\.[^\n]*\n/gm, ours: "" },
    {
      reason: "there are no devices by the Container Device Interface",
      theirs: /^CDISpecDirs\[0\]: string\nCDISpecDirs\[1\]: string$/gm,
      ours: "CDISpecDirs: []",
    },
    {
      reason: "fewer drivers of logs and networks",
      theirs: /^Plugins\.(Log\[[4-7]\]|Network\[[3-5]\]): string\n/gm,
      ours: "",
    },
    {
      reason: "a list that is empty is one",
      theirs: "RegistryConfig.Mirrors: null",
      ours: "RegistryConfig.Mirrors: []",
    },
  ],
  version: [
    {
      reason: "conmon and crun in the place of containerd, runc and docker-init",
      theirs: /^Components\[3\][^\n]*\n/gm,
      ours: "",
    },
  ],
  "inspect of a created container": ownPaths,
  "inspect of a created container with every kind of flag": ownPaths,
  "inspect of a running container": ownPaths,
  "inspect of an ended container": ownPaths,
  "inspect without network, with the host's namespaces": ownPaths,
  "bodies of create": [
    {
      reason: "of a request without command and image, the image is named: an empty one is no image here",
      theirs: '"no command specified"',
      ours: '"no image was given: the field Image is empty"',
    },
    {
      reason: "of two faults, another one is named",
      theirs: '"invalid network mode: invalid container format container:<name|id>"',
      ours: '"config cannot be empty in order to create a container"',
    },
  ],
  "run wrong": [
    {
      reason: `${crunWords}, written to the container's own output, and its exit code`,
      theirs: "exec /s: no such file or directory\n=> 255",
      ours: "exec container process (missing dynamic library?) `/s`: No such file or directory\n=> 1",
    },
    {
      reason: crunWords,
      theirs: "exec /t: exec format error\n=> 255",
      ours: "exec container process `/t`: Exec format error\n=> 1",
    },
  ],
};

/** Dockerd's answer to a case with every allowed difference put in. */
export function withAllowed(title: string, answer: string, byDocker: boolean): string {
  const counted = (allowed[title] ?? []).filter(({ ofCommand }) => !(byDocker && ofCommand));
  return counted.reduce((text, { theirs, ours, reason, sometimes }) => {
    const found = typeof theirs === "string" ? text.includes(theirs) : text.search(theirs) >= 0;
    if (!found && !sometimes)
      throw new Error(`${title}: dockerd does not say ${String(theirs)} (allowed as: ${reason})`);
    return text.replaceAll(theirs, ours);
  }, answer);
}
