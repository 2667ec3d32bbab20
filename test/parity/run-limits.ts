import { type ParityCase, same } from "./case.ts";

/** `docker run`: resource limits, sysctls, devices, shared namespaces, and what the container sees of them. */
export const limitCases: ParityCase[] = [
  same(
    "memory",
    `docker run --rm -m 64m $IMAGE sh -c 'cd /sys/fs/cgroup/memory; cat memory.limit_in_bytes memory.memsw.limit_in_bytes memory.soft_limit_in_bytes memory.swappiness memory.oom_control'; docker run --rm -m 64m --memory-swap 128m --memory-reservation 32m $IMAGE sh -c 'cd /sys/fs/cgroup/memory; cat memory.limit_in_bytes memory.memsw.limit_in_bytes memory.soft_limit_in_bytes'; docker run --rm -m 64m --memory-swap=-1 $IMAGE cat /sys/fs/cgroup/memory/memory.memsw.limit_in_bytes`,
    { machine: true },
  ),
  same(
    "memory wrong",
    `for f in '-m 1m' '-m -5' '-m x' '-m 10m --memory-swap 5m' '--memory-swap 10m' '-m 10m --memory-reservation 20m' '--memory-reservation 1m' '--memory-swappiness 101' '--memory-swappiness -2' '--kernel-memory 1m'; do docker run --rm $f $IMAGE true; done`,
    { machine: true },
  ),
  same(
    "memory swappiness, oom-kill-disable",
    `docker run --rm --memory-swappiness 30 -m 32m $IMAGE cat /sys/fs/cgroup/memory/memory.swappiness; docker run --rm --oom-kill-disable -m 32m $IMAGE grep oom_kill_disable /sys/fs/cgroup/memory/memory.oom_control; docker run --rm --oom-kill-disable $IMAGE true`,
    { machine: true },
  ),
  same(
    "out of memory",
    `docker run --name $N -m 16m $IMAGE sh -c 'x=a; while :; do x=$x$x; done'; docker inspect -f '{{.State.OOMKilled}} {{.State.ExitCode}}' $N`,
    { machine: true },
  ),
  same(
    "cpu",
    `docker run --rm --cpus 0.5 $IMAGE sh -c 'cd /sys/fs/cgroup/cpu; cat cpu.cfs_quota_us cpu.cfs_period_us cpu.shares'; docker run --rm --cpu-period 50000 --cpu-quota 10000 -c 300 $IMAGE sh -c 'cd /sys/fs/cgroup/cpu; cat cpu.cfs_quota_us cpu.cfs_period_us cpu.shares'; docker run --rm --cpuset-cpus 0 --cpuset-mems 0 $IMAGE sh -c 'cat /sys/fs/cgroup/cpuset/cpuset.cpus; nproc; grep allowed_list /proc/self/status'`,
    { machine: true },
  ),
  same(
    "cpu wrong",
    `for f in '--cpus 3' '--cpus -1' '--cpus x' '--cpus 0.001' '--cpus 1 --cpu-quota 1000' '--cpuset-cpus 0-9' '--cpuset-cpus x' '--cpuset-mems 7' '--cpu-period 1' '--cpu-quota 1' '--cpu-shares -1' '--cpu-shares 1' '--cpu-rt-runtime 5'; do docker run --rm $f $IMAGE true; done`,
    { machine: true },
  ),
  same(
    "pids",
    `docker run --rm --pids-limit 7 $IMAGE cat /sys/fs/cgroup/pids/pids.max; docker run --rm --pids-limit 0 $IMAGE cat /sys/fs/cgroup/pids/pids.max; docker run --rm --pids-limit -1 $IMAGE cat /sys/fs/cgroup/pids/pids.max; docker run --rm --pids-limit 3 $IMAGE sh -c 'sleep 1 & sleep 1 & sleep 1 & sleep 1 &' 2>&1 | head -1`,
    { machine: true },
  ),
  same(
    "block io",
    `docker run --rm --blkio-weight 300 $IMAGE true; docker run --rm --blkio-weight 5 $IMAGE true; docker run --rm --device-read-bps /dev/vda:1mb --device-write-iops /dev/vda:10 $IMAGE sh -c 'cat /sys/fs/cgroup/blkio/blkio.throttle.read_bps_device /sys/fs/cgroup/blkio/blkio.throttle.write_iops_device'; docker run --rm --device-read-bps /dev/nosuch:1mb $IMAGE true; docker run --rm --device-read-bps /dev/vda:x $IMAGE true`,
    { machine: true },
  ),
  same(
    "cgroup view",
    `docker run --rm $IMAGE sh -c 'cat /proc/self/cgroup | cut -d: -f2- | grep -v hugetlb | sed "s/[0-9a-f]\\{64\\}/ID/" | sort; ls /sys/fs/cgroup | grep -v hugetlb; ls /sys/fs/cgroup/memory | head -3; mkdir /sys/fs/cgroup/pids/x'; docker run --rm --cgroupns host $IMAGE sh -c 'ls /sys/fs/cgroup/pids | grep -c pids.max'; docker run --rm --cgroupns private $IMAGE sh -c 'grep pids /proc/self/cgroup | cut -d: -f3; ls /sys/fs/cgroup/pids'; docker run --rm --cgroupns nosuch $IMAGE true`,
    { machine: true },
  ),
  same(
    "--cgroup-parent",
    `docker run --rm --cgroup-parent /$N --cgroupns host $IMAGE sh -c 'grep pids: /proc/self/cgroup | sed "s/[0-9a-f]\\{64\\}/ID/" | cut -d: -f3'; docker run --rm --cgroup-parent rel$N --cgroupns host $IMAGE sh -c 'grep pids: /proc/self/cgroup | sed "s/[0-9a-f]\\{64\\}/ID/" | cut -d: -f3'; docker run --rm --cgroup-parent ../../x --cgroupns host $IMAGE sh -c 'grep pids: /proc/self/cgroup | sed "s/[0-9a-f]\\{64\\}/ID/" | cut -d: -f3'; rmdir /sys/fs/cgroup/*/$N /sys/fs/cgroup/*/rel$N /sys/fs/cgroup/*/x 2>/dev/null; true`,
    { machine: true },
  ),
  same(
    "sysctls",
    `docker run --rm --sysctl net.ipv4.ip_forward=0 --sysctl net.core.somaxconn=99 --sysctl kernel.msgmax=1234 --sysctl fs.mqueue.msg_max=11 $IMAGE cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/core/somaxconn /proc/sys/kernel/msgmax /proc/sys/fs/mqueue/msg_max; docker run --rm $IMAGE cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ping_group_range /proc/sys/net/ipv4/ip_forward; docker run --rm --sysctl net/core/somaxconn=98 $IMAGE cat /proc/sys/net/core/somaxconn`,
    { machine: true },
  ),
  same(
    "sysctls wrong",
    `for f in '--sysctl kernel.hostname=x' '--sysctl vm.swappiness=1' '--sysctl nosuch=1' '--sysctl net.nosuch=1' '--sysctl net.core.somaxconn' '--sysctl net.core.somaxconn=x' '--net host --sysctl net.core.somaxconn=9' '--ipc host --sysctl kernel.msgmax=9' '--uts host --sysctl kernel.domainname=x' '--sysctl kernel.domainname=x' '--sysctl =x'; do docker run --rm $f $IMAGE true; done`,
  ),
  same(
    "devices",
    `docker run --rm --device /dev/zero:/dev/z --device /dev/vda:/dev/disk:r --device /dev/null $IMAGE sh -c 'ls -l /dev/z /dev/disk | sed "s/  */ /g" | cut -d" " -f1-6,10; head -c1 /dev/disk | wc -c; echo x > /dev/disk'; docker run --rm --device /dev/vda:rwm $IMAGE sh -c 'head -c1 /dev/vda | wc -c'; docker run --rm --device-cgroup-rule 'b 254:* rmw' $IMAGE sh -c 'mknod /x b 254 0 && head -c1 /x | wc -c'; docker run --rm $IMAGE sh -c 'mknod /x b 254 0 && head -c1 /x'; docker run --rm --device /dev/net $IMAGE ls -l /dev/net | wc -l`,
    { machine: true },
  ),
  same(
    "devices wrong",
    `for f in '--device /dev/nosuch' '--device dev/null' '--device /dev/null:/dev/x:z' '--device /dev/null:rel' '--device /etc/passwd' '--device-cgroup-rule x' '--device a:b:c:d' '--gpus all'; do docker run --rm $f $IMAGE true; done`,
    { machine: true },
  ),
  same(
    "--shm-size",
    `docker run --rm --shm-size 1m $IMAGE sh -c 'df -k /dev/shm | tail -1 | tr -s " " | cut -d" " -f2; grep /dev/shm /proc/mounts'; docker run --rm $IMAGE grep /dev/shm /proc/mounts; docker run --rm --shm-size 0 $IMAGE grep /dev/shm /proc/mounts; docker run --rm --shm-size=-1 $IMAGE true; docker run --rm --shm-size x $IMAGE true`,
    { machine: true },
  ),
  same(
    "--ipc",
    `docker run -d --name $N --ipc shareable $IMAGE sleep 100 >/dev/null; docker exec $N sh -c 'echo hi > /dev/shm/f'; docker run --rm --ipc container:$N $IMAGE cat /dev/shm/f; docker run -d --name $N-p $IMAGE sleep 100 > /dev/null; docker run --rm --ipc container:$N-p $IMAGE true; docker run --rm --ipc none $IMAGE sh -c 'grep -c shm /proc/mounts; ls /dev/shm'; docker run --rm --ipc host $IMAGE grep /dev/shm /proc/mounts; docker run --rm --ipc nosuch $IMAGE true; docker run --rm --ipc container: $IMAGE true; docker run --rm --ipc container:nosuch-$N $IMAGE true; docker inspect -f '{{.HostConfig.IpcMode}}' $N $N-p; docker rm -f $N $N-p`,
  ),
  same(
    "--pid",
    `docker run -d --name $N $IMAGE sleep 4321 >/dev/null; docker run --rm --pid container:$N $IMAGE ps -o pid,args; docker run --rm --pid host $IMAGE sh -c 'ps | grep -c dockerd >/dev/null && echo host'; docker run --rm --pid nosuch $IMAGE true; docker run --rm --pid container:nosuch-$N $IMAGE true; docker stop -t 0 $N; docker run --rm --pid container:$N $IMAGE true`,
  ),
  same(
    "--uts",
    `docker run --rm --uts host $IMAGE hostname; docker run --rm --uts host --hostname x $IMAGE hostname; docker run --rm --uts nosuch $IMAGE true; docker run --rm --uts host --domainname x $IMAGE true`,
    { machine: true },
  ),
  same(
    "--userns",
    `docker run --rm --userns host $IMAGE cat /proc/self/uid_map; docker run --rm --userns nosuch $IMAGE true; docker run --rm --userns '' $IMAGE true`,
  ),
  same(
    "--network modes",
    `docker run --rm --network none $IMAGE sh -c 'ls /sys/class/net; cat /etc/hosts; cat /etc/resolv.conf | grep -c nameserver'; docker run --rm --network host $IMAGE sh -c 'ls /sys/class/net | grep -c lo; hostname'; docker run -d --name $N --hostname box $IMAGE sleep 100 >/dev/null; docker run --rm --network container:$N $IMAGE sh -c 'hostname; cat /etc/hosts | cut -f2 | tail -1'; docker run --rm --network container:$N -p 80:80 $IMAGE true;  docker run --rm --network container:$N --hostname x $IMAGE true;  docker run --rm --network container:$N --dns 1.1.1.1 $IMAGE true; docker run --rm --network container:$N --add-host a:1.1.1.1 $IMAGE true; docker run --rm --network container:nosuch-$N $IMAGE true; docker run --rm --network nosuch-$N $IMAGE true; docker run --rm --network container: $IMAGE true; docker run --rm --network host --hostname x $IMAGE hostname; docker run --rm --network none -p 80 $IMAGE true; docker run --rm --network host -p 80 $IMAGE true; docker run --rm --network none --network host $IMAGE true`,
    { machine: true },
  ),
  same(
    "interfaces",
    `docker run --rm $IMAGE sh -c 'ip -o link | cut -d: -f2 | cut -d@ -f1; ip -o link show eth0 | grep -o "mtu [0-9]*"; ip route | grep -o "^default via\\|proto [a-z]*\\|scope [a-z]*"; cat /proc/net/if_inet6 | wc -l; cat /proc/sys/net/ipv6/conf/all/disable_ipv6 /proc/sys/net/ipv6/conf/eth0/disable_ipv6 /proc/sys/net/ipv6/conf/lo/disable_ipv6; ip -4 -o a show eth0 | grep -o "/[0-9]* brd [0-9.]*"'`,
  ),
  same(
    "--mac-address, --ip",
    `docker run --rm --mac-address 92:d0:c6:0a:29:33 $IMAGE cat /sys/class/net/eth0/address; docker run --rm --mac-address x $IMAGE true; docker run --rm --ip 1.2.3.4 $IMAGE true; docker run --rm --ip x $IMAGE true; docker run --rm --network-alias a $IMAGE true`,
  ),
  same(
    "--add-host",
    `docker run --rm --add-host a:1.2.3.4 --add-host b=::1 --add-host c:host-gateway --add-host a:4.3.2.1 $IMAGE sh -c 'grep -E "\\s[abc]$" /etc/hosts'; for h in a a: :1.1.1.1 a:x a=host; do docker run --rm --add-host $h $IMAGE true; done`,
  ),
  same(
    "--dns",
    `docker run --rm --dns 1.2.3.4 --dns 4.3.2.1 --dns-search a.b --dns-search c --dns-option ndots:3 $IMAGE cat /etc/resolv.conf; docker run --rm --dns-search . $IMAGE grep search /etc/resolv.conf; docker run --rm --dns x $IMAGE true; docker run --rm --network host --dns 1.2.3.4 $IMAGE grep nameserver /etc/resolv.conf; docker run --rm $IMAGE cat /etc/resolv.conf; docker run --rm --network none --dns 9.9.9.9 $IMAGE grep nameserver /etc/resolv.conf`,
    { machine: true },
  ),
];
