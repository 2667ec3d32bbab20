// Stands for an engine in tests: starts a container, says its process id once it has spoken, and waits to be killed.
import { Log } from "../../base/log.ts";
import { createRuntimeService } from "../create-runtime-service.ts";
import type { Launch, RuntimeServiceOptions } from "../runtime-service.ts";

const { options, launch } = JSON.parse(process.argv[2] ?? "") as {
  options: Omit<RuntimeServiceOptions, "log">;
  launch: Launch;
};
const service = createRuntimeService({ ...options, log: new Log("error") });
const { pid } = await service.create(launch);
const { output } = await service.attach(launch.id, { stdin: false, stdout: true, stderr: true, tty: false });
await service.start(launch.id);
await output[Symbol.asyncIterator]().next();
console.log(pid);
setInterval(() => undefined, 1000);
