// Every option of the daemon, with dockerd's flag names and daemon.json keys.

/**
 * How an option is written. `map` is `key=value`, repeated; `bytes` takes `64m` or a number; `object` stands in
 * daemon.json alone, and the room that it is for checks what is in it.
 */
export type OptionKind =
  | "bool"
  | "string"
  | "int"
  | "bytes"
  | "list"
  | "map"
  | "runtimes"
  | "ulimits"
  | "object";

/**
 * What becomes of it: `used`; `ignored` changes nothing that could be missed and is accepted for the sake of
 * existing configurations, with a line in the log; `refused` would be a promise the engine does not keep.
 */
export type OptionUse = "used" | "ignored" | "refused";

export interface Option {
  flag: string;
  short?: string;
  /** Its key in daemon.json. */
  key: string;
  kind: OptionKind;
  summary: string;
  /** As help shows it. */
  default?: string;
  use: OptionUse;
}

type Extra = Partial<Pick<Option, "short" | "key" | "default" | "use">>;

function option(flag: string, kind: OptionKind, summary: string, extra: Extra = {}): Option {
  return { flag, key: flag, kind, summary, use: "used", ...extra };
}

const ignored = { use: "ignored" } as const;
const refused = { use: "refused" } as const;

export const options: readonly Option[] = [
  option("add-runtime", "runtimes", "Register an additional OCI runtime: NAME=PATH", { key: "runtimes" }),
  option(
    "allow-direct-routing",
    "bool",
    "Allow remote access to published ports on container IP addresses",
    refused,
  ),
  option("authorization-plugin", "list", "Authorization plugins to load", {
    key: "authorization-plugins",
    ...refused,
  }),
  option("bip", "string", "IPv4 address and prefix of the default bridge: 172.17.0.1/16"),
  option("bip6", "string", "IPv6 address of the default bridge", refused),
  option("bridge", "string", "Attach containers to this network bridge; none disables networking", {
    short: "b",
  }),
  option("cdi-spec-dir", "list", "CDI specification directories to use", {
    key: "cdi-spec-dirs",
    ...ignored,
  }),
  option("cgroup-parent", "string", "Parent cgroup of all containers"),
  option("containerd", "string", "Accepted; there is no containerd here", ignored),
  option("containerd-namespace", "string", "Accepted; there is no containerd here", ignored),
  option("containerd-plugins-namespace", "string", "Accepted; there is no containerd here", {
    key: "containerd-plugin-namespace",
    ...ignored,
  }),
  option("cpu-rt-period", "int", "Real-time CPU period of the parent cgroup, in microseconds", refused),
  option("cpu-rt-runtime", "int", "Real-time CPU runtime of the parent cgroup, in microseconds", refused),
  option("cri-containerd", "bool", "Accepted; there is no containerd here", ignored),
  option("data-root", "string", "Directory of everything that lasts", { default: "/var/lib/gantry" }),
  option("debug", "bool", "Log more", { short: "D" }),
  option("default-address-pool", "list", "Address pools of local networks: base=CIDR,size=N", {
    key: "default-address-pools",
    ...ignored,
  }),
  option("default-cgroupns-mode", "string", "Cgroup namespace of containers: host or private"),
  option("default-gateway", "string", "IPv4 gateway of the default bridge", refused),
  option("default-gateway-v6", "string", "IPv6 gateway of the default bridge", refused),
  option("default-ipc-mode", "string", "IPC of containers: shareable or private", { default: "private" }),
  option("default-network-opt", "map", "Default network options", {
    key: "default-network-opts",
    ...ignored,
  }),
  option("default-runtime", "string", "OCI runtime of containers", { default: "crun, else runc" }),
  option("default-shm-size", "bytes", "Size of /dev/shm in containers", { default: "64m" }),
  option("default-ulimit", "ulimits", "Limits of containers: NAME=SOFT[:HARD]", { key: "default-ulimits" }),
  option("dns", "list", "DNS servers of containers"),
  option("dns-opt", "list", "DNS options of containers", { key: "dns-opts" }),
  option("dns-search", "list", "DNS search domains of containers"),
  option("exec-opt", "list", "Runtime execution options: native.cgroupdriver=cgroupfs", { key: "exec-opts" }),
  option("exec-root", "string", "Directory of what lasts until the next boot", { default: "/run/gantry" }),
  option("experimental", "bool", "Accepted; nothing is behind it", ignored),
  option("feature", "map", "Accepted; nothing is behind it", { key: "features", ...ignored }),
  option("fixed-cidr", "string", "IPv4 range of container addresses on the default bridge"),
  option("fixed-cidr-v6", "string", "IPv6 range of container addresses on the default bridge", refused),
  option("group", "string", "Group of the unix socket", { short: "G", default: "gantry, else docker" }),
  option("host", "list", "Where to listen: unix://PATH, fd://, tcp://HOST:PORT (with --tlsverify)", {
    short: "H",
    key: "hosts",
    default: "unix:///run/gantry/gantry.sock",
  }),
  option("host-gateway-ip", "list", "What host-gateway in --add-host means", { key: "host-gateway-ips" }),
  option("http-proxy", "string", "HTTP proxy of the engine's own traffic"),
  option("https-proxy", "string", "HTTPS proxy of the engine's own traffic"),
  option("icc", "bool", "Let containers of the default bridge reach each other", { default: "true" }),
  option("image-policy", "string", "What images may be pulled and run", {
    default: "/etc/gantry/policy.json, where it is",
  }),
  option("init", "bool", "Run an init in containers"),
  option("init-path", "string", "The init program"),
  option("insecure-registry", "list", "Registries to be spoken to without TLS", {
    key: "insecure-registries",
  }),
  option("ip", "string", "Host address of published ports", { default: "0.0.0.0" }),
  option("ip-forward", "bool", "Turn IP forwarding on", { default: "true" }),
  option("ip-forward-no-drop", "bool", "Accepted; the forward policy is never touched", ignored),
  option("ip-masq", "bool", "Masquerade the default bridge", { default: "true" }),
  option("ip6tables", "bool", "Accepted; rules stand in one nftables table of the engine's own", ignored),
  option("iptables", "bool", "Accepted; rules stand in one nftables table of the engine's own", ignored),
  option("ipv6", "bool", "IPv6 on the default bridge", refused),
  option("label", "list", "Labels of this engine: KEY=VALUE", { key: "labels" }),
  option("live-restore", "bool", "Accepted; containers always outlive the daemon", { default: "true" }),
  option("log-driver", "string", "Log driver of containers", { default: "local" }),
  option("log-format", "string", "Accepted; the log is text", ignored),
  option("log-level", "string", "debug, info, warn, error or fatal", { short: "l", default: "info" }),
  option("log-opt", "map", "Log options of containers", { key: "log-opts" }),
  option("max-concurrent-downloads", "int", "Layers pulled at a time", { default: "3" }),
  option("max-concurrent-uploads", "int", "Layers pushed at a time", { default: "5" }),
  option("max-download-attempts", "int", "Attempts for each layer", { default: "5" }),
  option("metrics-addr", "string", "Address of the metrics API", refused),
  option("mtu", "int", "MTU of the default bridge", { default: "1500" }),
  option("network-control-plane-mtu", "int", "Accepted; there is no swarm here", ignored),
  option("no-new-privileges", "bool", "Set no-new-privileges on all containers", refused),
  option("no-proxy", "string", "Hosts that are reached without the proxy"),
  option("node-generic-resource", "list", "Accepted; there is no swarm here", {
    key: "node-generic-resources",
    ...ignored,
  }),
  option("pidfile", "string", "File with the daemon's process id", {
    short: "p",
    default: "/run/gantry/gantry.pid",
  }),
  option("raw-logs", "bool", "Accepted; the log has no colours", ignored),
  option("registry-mirror", "list", "Registry mirrors", { key: "registry-mirrors" }),
  option("registries", "object", "Mirrors by registry", {}),
  option("rootless", "bool", "Rootless mode", refused),
  option("seccomp-profile", "string", "Seccomp profile of containers", refused),
  option("selinux-enabled", "bool", "SELinux support", refused),
  option("shutdown-timeout", "int", "Seconds open requests get at the end", { default: "15" }),
  option("storage-driver", "string", "overlay2, the only one", { short: "s", default: "overlay2" }),
  option(
    "storage-max",
    "bytes",
    "What images and build cache may take on the disk; the least recently used go: 20GB",
  ),
  option("storage-opt", "list", "Storage driver options", { key: "storage-opts", ...refused }),
  option("swarm-default-advertise-addr", "string", "Accepted; there is no swarm here", ignored),
  option("tls", "bool", "Use TLS; --tlsverify is what TCP needs"),
  option("tlscacert", "string", "CA that client certificates are signed by"),
  option("tlscert", "string", "The daemon's certificate"),
  option("tlskey", "string", "The daemon's key"),
  option("tlsverify", "bool", "Use TLS and verify clients by their certificate"),
  option("userland-proxy", "bool", "Accepted; loopback traffic needs no proxy program", ignored),
  option("userland-proxy-path", "string", "Accepted; loopback traffic needs no proxy program", ignored),
  option(
    "userns-remap",
    "string",
    "Users of containers are others on the host: default, USER[:GROUP], UID[:GID]",
  ),
];

/** Those that the command line has, too. */
export const flagOptions = options.filter(({ kind }) => kind !== "object");
