import type { ContainerConfig } from "../spec/api/container.ts";
import type { ImageRunConfig } from "../spec/oci-image.ts";
import { mergeHealthConfig } from "./health/health-check.ts";

/**
 * The container's configuration with the image's defaults filled in, by Docker's rules: what the user says wins;
 * environment, labels, ports and volumes are united; an entrypoint of the user's drops the image's command.
 */
export function mergeImageConfig(user: ContainerConfig, image: ImageRunConfig = {}): ContainerConfig {
  const keepsEntrypoint = user.Entrypoint === undefined || user.Entrypoint.length === 0;
  const entrypoint = keepsEntrypoint ? list(image.Entrypoint) : user.Entrypoint;
  const command =
    keepsEntrypoint && (user.Cmd === undefined || user.Cmd.length === 0) ? list(image.Cmd) : list(user.Cmd);
  return {
    ...user,
    User: user.User || image.User || "",
    ExposedPorts: union(image.ExposedPorts, user.ExposedPorts),
    Env: mergeEnv(image.Env, user.Env),
    Labels: { ...image.Labels, ...user.Labels },
    Volumes: union(image.Volumes, user.Volumes),
    WorkingDir: user.WorkingDir || image.WorkingDir || "",
    // `--entrypoint ""` arrives as [""] and means: none.
    Entrypoint: entrypoint?.length === 1 && entrypoint[0] === "" ? undefined : entrypoint,
    Cmd: command,
    StopSignal: user.StopSignal || image.StopSignal,
    Healthcheck: mergeHealthConfig(user.Healthcheck, image.Healthcheck),
    Shell: user.Shell ?? image.Shell,
  };
}

/** The image's variables, then the user's; the user's value replaces the image's of the same name. */
function mergeEnv(image: string[] = [], user: string[] = []): string[] {
  const names = new Set(user.map((entry) => entry.split("=", 1)[0]));
  return [...user, ...image.filter((entry) => !names.has(entry.split("=", 1)[0]))];
}

function list(words: string[] | null | undefined): string[] | undefined {
  return words === null || words === undefined || words.length === 0 ? undefined : words;
}

type Names = Record<string, Record<string, unknown>> | null | undefined;

function union(a: Names, b: Names): Record<string, Record<string, unknown>> | undefined {
  const both = { ...a, ...b };
  return Object.keys(both).length === 0 ? undefined : both;
}
