// The engine's default seccomp profile: system calls a container may make, in groups, each with its reason. Whatever
// is in no group fails with EPERM. It allows and denies exactly what dockerd 28's does (a test compares them).
import type { CapabilityName } from "../../linux/capabilities.ts";
import type { SeccompArgument } from "../../spec/oci-runtime.ts";

export type Architecture = "x64" | "arm64";

/** System calls that share a fate, and the condition under which the group counts. */
export interface SyscallGroup {
  reason: string;
  names: string[];
  /** Allowed unless this errno is answered instead. */
  errno?: number;
  args?: SeccompArgument[];
  /** Only for containers that have one of these capabilities. */
  needs?: CapabilityName[];
  /** Only for containers without this capability. */
  without?: CapabilityName;
  /** Only on these machines. */
  architectures?: Architecture[];
}

const eperm = 1;
const enosys = 38;
export const defaultErrno = eperm;

/** A 64-bit machine also runs programs of its 32-bit ancestor, whose system calls have other numbers. */
export const architectureNames: Record<Architecture, string[]> = {
  x64: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
  arm64: ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"],
};

/** CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET}: the flags of clone(2) that make namespaces. */
const namespaceFlags = 0x7e020000;
const vsockFamily = 40;

/** Harmless by themselves: the kernel's own checks (permissions, capabilities, namespaces) bound them. */
const always: SyscallGroup[] = [
  {
    reason:
      "Opening, reading, writing and arranging files: what the mounts and permissions of the container allow.",
    names: words(`
      _llseek access cachestat chdir chmod chown chown32 close close_range copy_file_range creat dup dup2
      dup3 faccessat faccessat2 fadvise64 fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2 fchown
      fchown32 fchownat fcntl fcntl64 fdatasync flock fstat fstat64 fstatat64 fstatfs fstatfs64 fsync
      ftruncate ftruncate64 futimesat getcwd getdents getdents64 ioctl lchown lchown32 link linkat
      listmount lseek lstat lstat64 mkdir mkdirat mknod mknodat name_to_handle_at newfstatat open openat
      openat2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv
      rename renameat renameat2 rmdir sendfile sendfile64 splice stat stat64 statfs statfs64 statmount
      statx symlink symlinkat sync sync_file_range syncfs tee truncate truncate64 umask unlink unlinkat
      utime utimensat utimensat_time64 utimes vmsplice write writev
    `),
  },
  {
    reason:
      "Who the process is, and changing to another user: the kernel checks CAP_SETUID, CAP_SETGID and CAP_SETPCAP itself.",
    names: words(`
      capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getpgid
      getpgrp getpid getppid getresgid getresgid32 getresuid getresuid32 getsid gettid getuid getuid32
      setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 setpgid setregid
      setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setsid setuid setuid32
    `),
  },
  {
    reason: "Reading and writing extended attributes of files one may read and write.",
    names: words(`
      fgetxattr flistxattr fremovexattr fsetxattr getxattr getxattrat lgetxattr listxattr listxattrat
      llistxattr lremovexattr lsetxattr removexattr removexattrat setxattr setxattrat
    `),
  },
  {
    reason: "The old kernel AIO. io_uring is left out: its operations bypass this filter.",
    names: words(`
      io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit
    `),
  },
  {
    reason: "Polling, events, watches on files, pipes.",
    names: words(`
      _newselect epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait
      epoll_wait_old eventfd eventfd2 fanotify_mark inotify_add_watch inotify_init inotify_init1
      inotify_rm_watch pipe pipe2 poll ppoll ppoll_time64 pselect6 pselect6_time64 select signalfd
      signalfd4
    `),
  },
  {
    reason:
      "Reading clocks, sleeping, timers. Setting a clock still needs CAP_SYS_TIME: adjtimex and clock_adjtime also read.",
    names: words(`
      adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime
      clock_gettime64 clock_nanosleep clock_nanosleep_time64 getitimer gettimeofday nanosleep setitimer
      time timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime
      timer_settime64 timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64
      times
    `),
  },
  {
    reason: "System V and POSIX queues, semaphores and shared memory, in the IPC namespace of the container.",
    names: words(`
      ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend
      mq_timedsend_time64 mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop semtimedop
      semtimedop_time64 shmat shmctl shmdt shmget
    `),
  },
  {
    reason: "Mapping, locking and advising memory; memory protection keys; files in memory.",
    names: words(`
      brk madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock mlock2 mlockall mmap
      mmap2 mprotect mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect
      process_mrelease remap_file_pages
    `),
  },
  {
    reason: "Sockets of every family but AF_VSOCK (`socket` itself has a rule of its own).",
    names: words(`
      accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg
      recvmmsg_time64 recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socketcall socketpair
    `),
  },
  {
    reason: "Sending and handling signals: the PID namespace bounds whom they reach.",
    names: words(`
      kill pause pidfd_open pidfd_send_signal restart_syscall rt_sigaction rt_sigpending rt_sigprocmask
      rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo
      sigaltstack sigprocmask sigreturn tgkill tkill
    `),
  },
  {
    reason:
      "Making, running, waiting for and ending processes. `clone` and `clone3` have rules of their own.",
    names: words(`
      execve execveat exit exit_group fork futex futex_requeue futex_time64 futex_wait futex_waitv
      futex_wake get_robust_list get_thread_area landlock_add_rule landlock_create_ruleset
      landlock_restrict_self prctl rseq seccomp set_robust_list set_thread_area set_tid_address uretprobe
      vfork wait4 waitid waitpid
    `),
  },
  {
    reason:
      "Priorities, affinity and resource limits within what the kernel allows without CAP_SYS_NICE and CAP_SYS_RESOURCE.",
    names: words(`
      getcpu getpriority getrlimit getrusage ioprio_get ioprio_set prlimit64 sched_get_priority_max
      sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler
      sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam
      sched_setscheduler sched_yield setpriority setrlimit ugetrlimit
    `),
  },
  {
    reason: "Facts about the machine.",
    names: words(`
      getrandom riscv_hwprobe sysinfo uname
    `),
  },
];

/** Personalities that only change what uname(2) says or how a 32-bit program is laid out; 0xffffffff only asks. */
const personalities: SyscallGroup[] = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff].map((value) => ({
  reason: "PER_LINUX, PER_LINUX32 and UNAME26 alone: others switch off address randomisation and the like.",
  names: ["personality"],
  args: [{ index: 0, value, op: "SCMP_CMP_EQ" }],
}));

const conditional: SyscallGroup[] = [
  {
    reason: "AF_VSOCK reaches the hypervisor and is not bound by the network namespace.",
    names: ["socket"],
    args: [{ index: 0, value: vsockFamily, op: "SCMP_CMP_NE" }],
  },
  {
    reason: "Safe since Linux 4.8, where seccomp filters run after ptrace's changes.",
    names: ["process_vm_readv", "process_vm_writev", "ptrace"],
  },
  { reason: "Thread-local storage of x86-64.", names: ["arch_prctl"], architectures: ["x64"] },
  { reason: "Old 32-bit programs set up segments.", names: ["modify_ldt"], architectures: ["x64"] },
  {
    reason: "Calls that only 32-bit ARM programs make.",
    names: words("arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2"),
    architectures: ["arm64"],
  },
  {
    reason:
      "Threads and processes, but no new namespaces: those open kernel code that only root used to reach.",
    names: ["clone"],
    args: [{ index: 0, value: namespaceFlags, op: "SCMP_CMP_MASKED_EQ" }],
    without: "CAP_SYS_ADMIN",
  },
  {
    reason: "Its flags lie in memory where a filter cannot look; ENOSYS makes libc fall back to clone.",
    names: ["clone3"],
    errno: enosys,
    without: "CAP_SYS_ADMIN",
  },
];

/** What a capability is for: with the capability the call is the container's to make, without it it would fail anyway. */
const byCapability: SyscallGroup[] = [
  {
    reason: "Mounts, namespaces, tracing of the kernel: root of the whole machine.",
    names: words(`
      bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr
      lsm_list_modules lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl
      quotactl_fd setdomainname sethostname setns syslog umount umount2 unshare
    `),
    needs: ["CAP_SYS_ADMIN"],
  },
  {
    reason: "Opening files by handle goes past directory permissions (the Shocker exploit).",
    names: ["open_by_handle_at"],
    needs: ["CAP_DAC_READ_SEARCH"],
  },
  { reason: "Restarting the machine or loading another kernel.", names: ["reboot"], needs: ["CAP_SYS_BOOT"] },
  { reason: "Another root directory for itself.", names: ["chroot"], needs: ["CAP_SYS_CHROOT"] },
  {
    reason: "Kernel modules.",
    names: ["delete_module", "init_module", "finit_module"],
    needs: ["CAP_SYS_MODULE"],
  },
  { reason: "Process accounting of the whole machine.", names: ["acct"], needs: ["CAP_SYS_PACCT"] },
  {
    reason: "Looking into and acting on other processes.",
    names: words("kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace"),
    needs: ["CAP_SYS_PTRACE"],
  },
  { reason: "Direct access to I/O ports.", names: ["iopl", "ioperm"], needs: ["CAP_SYS_RAWIO"] },
  {
    reason: "Setting the machine's clock.",
    names: words("settimeofday stime clock_settime clock_settime64"),
    needs: ["CAP_SYS_TIME"],
  },
  { reason: "Hanging up terminals.", names: ["vhangup"], needs: ["CAP_SYS_TTY_CONFIG"] },
  {
    reason: "Placement on memory nodes slows down neighbours.",
    names: words("get_mempolicy mbind set_mempolicy set_mempolicy_home_node"),
    needs: ["CAP_SYS_NICE"],
  },
  { reason: "The kernel's log.", names: ["syslog"], needs: ["CAP_SYSLOG"] },
  { reason: "BPF programs.", names: ["bpf"], needs: ["CAP_BPF"] },
  { reason: "Performance counters.", names: ["perf_event_open"], needs: ["CAP_PERFMON"] },
];

export const defaultGroups: SyscallGroup[] = [...always, ...conditional, ...personalities, ...byCapability];

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
