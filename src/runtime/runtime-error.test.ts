import { expect, test } from "bun:test";
import { createError, execError } from "./runtime-error.ts";

const create =
  "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: ";
const exec = "OCI runtime exec failed: exec failed: unable to start container process: ";

test.each([
  [
    "crun",
    "executable file `foo` not found in $PATH: No such file or directory",
    127,
    'exec: "foo": executable file not found in $PATH',
  ],
  [
    "crun",
    "executable file `/foo` not found in $PATH: No such file or directory",
    127,
    'exec: "/foo": stat /foo: no such file or directory',
  ],
  ["crun", "open executable: Permission denied", 126, 'exec: "cmd": permission denied'],
  ["crun", "open executable: Operation not permitted", 126, 'exec: "cmd": is a directory: permission denied'],
  [
    "crun",
    "chdir `/x`: Permission denied",
    126,
    'chdir to cwd ("/x") set in config.json failed: permission denied',
  ],
  [
    "crun",
    "writing file `cpuset.cpus`: Numerical result out of range",
    128,
    "writing file `cpuset.cpus`: numerical result out of range",
  ],
  [
    "runc",
    'time="2026-01-01T00:00:00Z" level=warning msg="some \\"warning\\""\ntime="2026-01-01T00:00:00Z" level=error msg="runc create failed: unable to start container process: exec: \\"foo\\": executable file not found in $PATH"',
    127,
    'exec: "foo": executable file not found in $PATH',
  ],
  [
    "runc",
    'time="2026-01-01T00:00:00Z" level=error msg="exec failed: unable to start container process: exec: \\"/etc\\": permission denied"',
    126,
    'exec: "/etc": permission denied',
  ],
])("%s: %s", (_runtime, printed, exitCode, words) => {
  expect(createError(printed, ["cmd"])).toMatchObject({ exitCode, message: create + words });
  expect(execError(printed, ["cmd"])).toMatchObject({ exitCode, message: exec + words });
});

test("a mount of a file over a directory gets Docker's hint", () => {
  const { message, exitCode } = createError("mount `/etc/hosts` to `tmp`: Not a directory", []);
  expect(message).toEndWith("Check if the specified host path exists and is the expected type");
  expect(exitCode).toBe(127);
});
