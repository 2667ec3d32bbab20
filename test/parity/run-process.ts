import { type ParityCase, same } from "./case.ts";

/** `docker run`: the process, its user, environment, capabilities, limits. */
export const processCases: ParityCase[] = [
  same("command and arguments", `docker run --rm $IMAGE echo 'a b' c; docker run --rm $IMAGE sh -c 'exit 7'`),
  same("the image's command", `echo 'echo from sh' | docker run --rm -i $IMAGE`),
  same("--entrypoint with arguments", `docker run --rm --entrypoint echo $IMAGE a b`),
  same("--entrypoint empties", `docker run --rm --entrypoint '' $IMAGE echo a`),
  same(
    "--entrypoint drops the image's command",
    `docker run --rm --entrypoint env $IMAGE | sort | grep -v HOSTNAME`,
  ),
  same("empty command", `docker run --rm --entrypoint '' $IMAGE`),
  same(
    "-e forms",
    `export FROM=host; docker run --rm -e A=1 -e B= -e FROM -e MISSING -e A=2 -e PATH=/bin:/x -e HOSTNAME=mine -e 'S=a b=c' $IMAGE env | sort`,
  ),
  same(
    "--env-file",
    `printf '# comment\\nA=1\\n\\n  B=2\\nFROM\\nQ="quoted"\\nA=3\\n' > e; export FROM=host; docker run --rm --env-file e -e A=9 $IMAGE env | grep -v HOSTNAME | sort`,
  ),
  same(
    "--env-file wrong lines",
    `printf 'A B=1\\n' > e; docker run --rm --env-file e $IMAGE; printf '=x\\n' > e; docker run --rm --env-file e $IMAGE; docker run --rm --env-file none $IMAGE`,
  ),
  same(
    "default environment",
    `docker run --rm --hostname h $IMAGE env; docker run --rm -t --hostname h $IMAGE env; docker run --rm -u nobody $IMAGE sh -c 'echo $HOME'; docker run --rm -u 77 $IMAGE sh -c 'echo $HOME'`,
  ),
  same(
    "user forms",
    `for u in root nobody 0 1234 1234:5678 nobody:users :100 nobody:100 65534 65534: root:1; do docker run --rm -u "$u" $IMAGE id; done`,
  ),
  same(
    "unknown users",
    `for u in nosuch root:nosuch nosuch:root -1 4294967296 1:-1 a:b:c; do docker run --rm --user="$u" $IMAGE id; done`,
  ),
  same(
    "--group-add",
    `docker run --rm --group-add users --group-add 77 $IMAGE id; docker run --rm -u 12 --group-add users $IMAGE id; docker run --rm --group-add nosuch $IMAGE id`,
  ),
  same(
    "workdir",
    `docker run --rm -w /etc $IMAGE pwd; docker run --rm -w /made/here $IMAGE sh -c 'pwd; stat -c "%U %a %n" /made /made/here'; docker run --rm -u nobody -w /made/by $IMAGE stat -c '%U %a %n' /made/by`,
  ),
  same(
    "workdir wrong",
    `docker run --rm -w rel $IMAGE pwd; docker run --rm -w /etc/passwd $IMAGE pwd; docker run --rm -w '' $IMAGE pwd; docker run --rm -w /a/../etc/. $IMAGE pwd`,
  ),
  same(
    "--hostname",
    `docker run --rm --hostname box $IMAGE sh -c 'hostname; cat /etc/hostname; env | grep HOSTNAME; grep box /etc/hosts | cut -f2'; docker run --rm --hostname a.b.c --domainname d.e $IMAGE sh -c 'hostname; hostname -d; cat /etc/hostname; cat /proc/sys/kernel/domainname; tail -1 /etc/hosts | cut -f2'`,
  ),
  same(
    "hostname is the id",
    `docker run --rm $IMAGE sh -c 'hostname | wc -c; [ $(hostname) = $HOSTNAME ] && [ $(cat /etc/hostname) = $HOSTNAME ] && echo same'`,
  ),
  same(
    "wrong hostnames",
    `docker run --rm --hostname 'a b' $IMAGE true; docker run --rm --hostname -x $IMAGE true; docker run --rm --hostname $(printf 'a%.0s' $(seq 64)) $IMAGE true; docker run --rm --hostname a..b $IMAGE hostname`,
  ),
  same(
    "capabilities and security state",
    `for f in --init=false --privileged '--cap-add ALL' '--cap-drop ALL' '--cap-drop ALL --cap-add chown --cap-add CAP_NET_RAW' '--cap-add net_admin --cap-drop MKNOD' '--cap-add ALL --cap-drop SYS_ADMIN' '--cap-drop ALL --cap-add ALL' '--security-opt no-new-privileges' '--security-opt no-new-privileges:false' '--security-opt no-new-privileges=true' '--security-opt seccomp=unconfined' '--security-opt seccomp:unconfined' '--security-opt seccomp=builtin' '-u nobody' '-u nobody --cap-add NET_ADMIN' '-u nobody --privileged'; do echo "$f"; docker run --rm $f $IMAGE grep -E '^(Cap|Seccomp|NoNewPrivs)' /proc/self/status; done`,
    { machine: true },
  ),
  same(
    "wrong capabilities",
    `docker run --rm --cap-add nosuch $IMAGE; docker run --rm --cap-drop CAP_NOSUCH $IMAGE; docker run --rm --cap-add '' $IMAGE true`,
  ),
  same(
    "wrong security options",
    `for o in nosuch no-new-privileges=maybe seccomp=/nosuch.json systempaths=nosuch label=disable label=level:x apparmor=unconfined apparmor=nosuch writable-cgroups=true; do docker run --rm --security-opt "$o" $IMAGE true; done; echo '{bad' > s; docker run --rm --security-opt seccomp=s $IMAGE true; echo '{}' > s; docker run --rm --security-opt seccomp=s $IMAGE true`,
  ),
  same(
    "own seccomp profile",
    `echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":38}]}' > s.json; docker run --rm --security-opt seccomp=s.json $IMAGE mkdir /x; docker run --rm --security-opt seccomp=s.json $IMAGE touch /x`,
  ),
  same(
    "masked and read-only paths",
    `docker run --rm $IMAGE sh -c 'cat /proc/kcore /proc/keys /proc/timer_list /proc/interrupts /proc/sched_debug /proc/latency_stats 2>&1 | head -c 300; ls /proc/acpi /proc/scsi /sys/firmware /sys/devices/virtual/powercap 2>&1; echo x > /proc/sys/kernel/hostname; echo x > /proc/sysrq-trigger; echo x > /proc/irq/default_smp_affinity; ls -d /proc/asound 2>&1'`,
    { machine: true },
  ),
  same(
    "systempaths=unconfined",
    `docker run --rm --security-opt systempaths=unconfined $IMAGE sh -c 'cat /proc/mounts | grep -E " /(proc|sys)[ /]" | grep -v hugetlb | cut -d" " -f2 | sort; head -c1 /proc/keys | wc -c'`,
  ),
  same(
    "privileged mounts and devices",
    `docker run --rm --privileged $IMAGE sh -c 'cat /proc/mounts | grep -E " /(proc|sys|dev)[ /]" | grep -v hugetlb | cut -d" " -f2 | sort; ls /dev | grep -v -E "^(loop|tty|nbd|ram|vcs)" | sort; head -c1 /dev/vda | wc -c; echo 1 > /proc/sys/vm/overcommit_memory; cat /sys/fs/cgroup/devices/devices.list'`,
    { machine: true },
  ),
  same("/dev", `docker run --rm $IMAGE sh -c 'cd /dev; stat -c "%A %u %g %t,%T %N" . * pts/*'`),
  same(
    "/dev with -t",
    `docker run --rm -t $IMAGE sh -c 'cd /dev; stat -c "%A %u %g %t,%T %N" * pts/*; tty; stat -c %N /proc/self/fd/[012]; echo $TERM; stty size'`,
    { machine: true },
  ),
  same(
    "open files of a fresh container",
    `docker run --rm $IMAGE ls -l /proc/self/fd 2>/dev/null | sed 's/  */ /g; s/[0-9]*\\]/]/' | cut -d' ' -f1,9-; docker run --rm -i $IMAGE sh -c 'ls /proc/1/fd' < /dev/null; docker run --rm --init $IMAGE ls /proc/1/fd`,
  ),
  same(
    "ulimits",
    `docker run --rm $IMAGE sh -c 'ulimit -a; ulimit -Ha'; docker run --rm --ulimit nofile=100:200 --ulimit nproc=50 --ulimit core=0 --ulimit stack=8388608 $IMAGE sh -c 'ulimit -a; ulimit -Hn; cat /proc/self/limits'`,
    { machine: true },
  ),
  same(
    "wrong ulimits",
    `for u in nofile nofile=a nofile=200:100 nosuch=1 nofile=1:2:3 nofile=; do docker run --rm --ulimit $u $IMAGE true; done`,
  ),
  same(
    "--oom-score-adj",
    `for n in 0 500 1000 1001 -1001 x; do docker run --rm --oom-score-adj=$n $IMAGE cat /proc/self/oom_score_adj; done`,
    { machine: true },
  ),
  same(
    "--init",
    `docker run --rm --init $IMAGE ps -o pid,args; docker run --rm --init $IMAGE ls -l /sbin/docker-init | cut -c1-10; docker run --rm --init $IMAGE ls -l /dev/init; docker run --rm --init $IMAGE sh -c 'exit 9'; docker run --rm --init $IMAGE sh -c 'kill -9 $$'`,
  ),
  same(
    "processes",
    `docker run --rm $IMAGE ps -o pid,ppid,user,args; docker run --rm $IMAGE cat /proc/1/cmdline /proc/1/comm`,
  ),
  same(
    "exit by signal",
    `docker run --rm $IMAGE sh -c 'kill -9 $$'; docker run --rm $IMAGE sh -c 'sh -c "kill -15 \\$\\$"'; docker run --init --rm $IMAGE sh -c 'kill -TERM $$'`,
  ),
  same(
    "stdin",
    `printf 'a\\nb' | docker run --rm -i $IMAGE cat; printf x | docker run --rm $IMAGE cat; docker run --rm -a stdout $IMAGE sh -c 'echo o; echo e >&2'; docker run --rm -a stderr $IMAGE sh -c 'echo o; echo e >&2'; echo in | docker run --rm -i -a stdin $IMAGE sh -c 'cat >&2' | wc -c; docker run -d -a stdout $IMAGE true`,
  ),
  same(
    "umask, niceness, session, keyring",
    `docker run --rm $IMAGE sh -c 'umask; nice; cut -d" " -f5-8,19 /proc/self/stat; cat /proc/self/loginuid; cat /proc/self/timerslack_ns; grep -E "^(SigBlk|SigIgn|SigCgt|Umask|Cpus_allowed|Mems_allowed|Groups|CoreDumping|THP)" /proc/self/status'`,
    { machine: true },
  ),
];
