import type { ContainerConfig, HostConfig } from "../../spec/api/container.ts";
import type { RuntimeContext } from "../context.ts";
import { capabilitiesOf, seccompOf } from "../spec/container-spec.ts";
import { findInit } from "../spec/init.ts";
import { checkNamespaceModes } from "../spec/namespaces.ts";
import { parseDeviceRule } from "../spec/devices.ts";
import { containerOomScore } from "../spec/oom-score.ts";
import { containerRlimits } from "../spec/rlimits.ts";
import { parseSecurityOptions } from "../spec/security-options.ts";
import { type CheckedLimits, checkLimits } from "./check-limits.ts";
import { EngineError } from "../../base/errors.ts";

/** What dockerd checks when a container is created: errors at once, warnings for the response, limits as they can be set. */
export function validateLaunch(
  config: ContainerConfig,
  hostConfig: HostConfig,
  context: RuntimeContext,
): CheckedLimits {
  context.runtimes.get(hostConfig.Runtime ?? "");
  checkWorkingDirectory(config.WorkingDir ?? "");
  checkNamespaceModes(hostConfig);
  capabilitiesOf(hostConfig);
  seccompOf(hostConfig, parseSecurityOptions(hostConfig.SecurityOpt ?? []));
  for (const rule of hostConfig.DeviceCgroupRules ?? []) parseDeviceRule(rule);
  checkDeviceRequests(hostConfig);
  if (hostConfig.Init === true) findInit(context.options.initPath);
  const checked = checkLimits(hostConfig);
  checked.warnings.push(
    ...containerRlimits(hostConfig.Ulimits ?? []).warnings,
    ...containerOomScore(hostConfig.OomScoreAdj ?? 0).warnings,
  );
  return checked;
}

function checkWorkingDirectory(path: string): void {
  if (path === "" || path.startsWith("/")) return;
  throw new EngineError(
    "invalid",
    `the working directory '${path}' is invalid, it needs to be an absolute path`,
  );
}

/** `--gpus` and the like: no driver is built in, as in a dockerd without NVIDIA's toolkit. */
function checkDeviceRequests({ DeviceRequests }: HostConfig): void {
  const [request] = DeviceRequests ?? [];
  if (request === undefined) return;
  const capabilities = (request.Capabilities ?? []).map((set) => `[${set.join(" ")}]`).join(" ");
  throw new EngineError(
    "invalid",
    `could not select device driver ${JSON.stringify(request.Driver ?? "")} with capabilities: [${capabilities}]`,
  );
}
