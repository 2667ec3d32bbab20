import { check, libc } from "./libc.ts";

// Both numbers are the same on every architecture (they came after the tables were unified).
const pidfdSendSignal = 424;
const pidfdOpen = 434;

/** A process held by descriptor, so that a reused number can never be signalled in its place: pidfd_open(2). */
export class ProcessHandle implements Disposable {
  readonly pid: number;
  #fd: number;

  private constructor(pid: number, fd: number) {
    this.pid = pid;
    this.#fd = fd;
  }

  /** Throws a KernelError (ESRCH) when there is no such process. */
  static open(pid: number): ProcessHandle {
    return new ProcessHandle(pid, check(libc.syscall(pidfdOpen, pid, 0, 0, 0, 0, 0), "pidfd_open", `${pid}`));
  }

  /** Throws a KernelError: ESRCH once the process was reaped. Signal 0 only asks. */
  signal(signal: number): void {
    check(libc.syscall(pidfdSendSignal, this.#fd, signal, 0, 0, 0, 0), "pidfd_send_signal", `${this.pid}`);
  }

  /** Whether it is there, a zombie included. */
  exists(): boolean {
    return this.#fd >= 0 && libc.syscall(pidfdSendSignal, this.#fd, 0, 0, 0, 0, 0) === 0n;
  }

  [Symbol.dispose](): void {
    if (this.#fd >= 0) libc.close(this.#fd);
    this.#fd = -1;
  }
}
