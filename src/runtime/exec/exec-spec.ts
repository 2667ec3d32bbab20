import { boundingCapabilities } from "../../linux/capabilities.ts";
import type { ProcessSpec } from "../../spec/oci-runtime.ts";
import { LaunchError } from "../runtime-error.ts";
import type { ExecLaunch } from "../runtime-service.ts";
import { capabilitySets, resolveCapabilities } from "../spec/capabilities.ts";
import { workingDirectory } from "../spec/container-spec.ts";
import { resolveUser, withHome } from "../spec/user.ts";

/** The process object of an exec: the container's own, with what the exec says otherwise. */
export function execSpec(launch: ExecLaunch, container: ProcessSpec, root: string): ProcessSpec {
  const { args, env, tty, size, privileged, user } = launch;
  const { consoleSize: _size, terminal: _terminal, ...base } = container;
  if (launch.workingDir !== "" && !launch.workingDir.startsWith("/")) {
    const message = "OCI runtime exec failed: exec failed: Cwd must be an absolute path";
    throw new LaunchError("internal", message, 128);
  }
  const account = user === "" ? container.user : resolveUser(root, user);
  return {
    ...base,
    ...(tty ? { terminal: true } : {}),
    ...(tty && size !== undefined ? { consoleSize: size } : {}),
    args,
    env: withHome(env, root, account.uid),
    cwd: workingDirectory(launch.workingDir === "" ? container.cwd : launch.workingDir),
    user: account,
    capabilities: privileged ? capabilitySets([...boundingCapabilities()]) : added(launch, container),
    ...(privileged && base.apparmorProfile !== undefined ? { apparmorProfile: "unconfined" } : {}),
  };
}

function added({ capAdd = [] }: ExecLaunch, { capabilities }: ProcessSpec): ProcessSpec["capabilities"] {
  if (capAdd.length === 0) return capabilities;
  const more = resolveCapabilities({ privileged: false, add: capAdd, drop: ["ALL"] });
  return capabilitySets([...new Set([...(capabilities?.bounding ?? []), ...more])]);
}
