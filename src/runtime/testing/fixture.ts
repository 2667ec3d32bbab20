import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newId } from "../../base/ids.ts";
import { Log } from "../../base/log.ts";
import { createRuntimeService } from "../create-runtime-service.ts";
import type { Attachment, Exit, Launch, OutputChunk, RuntimeService } from "../runtime-service.ts";

/** A container of a test: its launch, changed as the test likes. */
export type LaunchChange = Partial<Launch> & { args?: string[] };

/** A RuntimeService with a directory and rootfs of its own; all containers are given back at its end. */
export class RuntimeFixture implements AsyncDisposable {
  readonly root: string;
  readonly rootfs: string;
  readonly service: RuntimeService;
  readonly runtime: string;
  readonly #ids: string[] = [];

  constructor(runtime: string) {
    this.runtime = runtime;
    this.root = mkdtempSync(join(tmpdir(), "runtime-"));
    this.rootfs = join(this.root, "rootfs");
    makeRootfs(this.rootfs);
    this.service = this.restart();
  }

  /** Another service over the same state, as after a restart of the engine. */
  restart(): RuntimeService {
    return createRuntimeService({
      execRoot: join(this.root, "run"),
      log: new Log("error"),
      defaultRuntime: this.runtime,
      cgroupParent: "/gantry-test",
      favorCgroupChanges: false,
    });
  }

  launch(change: LaunchChange = {}): Launch {
    const id = newId();
    this.#ids.push(id);
    return {
      id,
      directory: join(this.root, "containers", id),
      rootfs: this.rootfs,
      config: {},
      hostConfig: {},
      args: ["true"],
      env: ["PATH=/bin"],
      hostname: id.slice(0, 12),
      mounts: [],
      namespaces: {},
      runtime: "",
      ...change,
    };
  }

  /** Created and attached, not started. */
  async prepare(
    change: LaunchChange = {},
  ): Promise<{ id: string; pid: number; io: Attachment; launch: Launch }> {
    const launch = this.launch(change);
    const { pid } = await this.service.create(launch);
    const io = await this.service.attach(launch.id, {
      stdin: launch.config.OpenStdin === true,
      stdout: true,
      stderr: true,
      tty: launch.config.Tty === true,
    });
    return { id: launch.id, pid, io, launch };
  }

  /** Runs a command to its end. */
  async run(args: string[], change: LaunchChange = {}): Promise<Exit & { stdout: string; stderr: string }> {
    const { id, io } = await this.prepare({ ...change, args });
    const output = collect(io.output);
    await this.service.start(id);
    const exit = await this.service.exited(id);
    const { stdout, stderr } = await output;
    await this.service.delete(id);
    return { ...exit, stdout, stderr };
  }

  async shell(script: string, change: LaunchChange = {}): Promise<Exit & { stdout: string; stderr: string }> {
    return this.run(["sh", "-c", script], change);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const id of this.#ids) await this.service.delete(id);
    await this.service.close();
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** A root file system with busybox alone. */
export function makeRootfs(root: string): void {
  for (const name of ["bin", "etc", "proc", "sys", "dev", "tmp", "root"])
    mkdirSync(join(root, name), { recursive: true });
  copyFileSync("/bin/busybox", join(root, "bin", "busybox"));
  for (const name of commands) symlinkSync("busybox", join(root, "bin", name));
  writeFileSync(
    join(root, "etc", "passwd"),
    "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/tmp:/bin/sh\n",
  );
  writeFileSync(join(root, "etc", "group"), "root:x:0:\nuser:x:1000:\nextra:x:2000:user\n");
}

const commands = (
  "sh true false cat echo sleep id grep ls dd stat mkdir mount umount hostname pwd env wc head tail kill stty md5sum " +
  "ulimit yes seq touch test readlink sysctl mknod chroot ps date sync tr cut unshare nc trap dmesg rm tee printf"
).split(" ");

/** All of an attachment's output, by stream. */
export async function collect(
  output: AsyncIterable<OutputChunk>,
): Promise<{ stdout: string; stderr: string }> {
  const parts: Record<OutputChunk["stream"], Buffer[]> = { stdout: [], stderr: [] };
  for await (const { stream, data } of output) parts[stream].push(Buffer.from(data));
  return { stdout: Buffer.concat(parts.stdout).toString(), stderr: Buffer.concat(parts.stderr).toString() };
}
