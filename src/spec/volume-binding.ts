// The engine's reading of HostConfig.Binds and VolumesFrom.
import { EngineError, messageOf } from "../base/errors.ts";
import type { Mount } from "./api/container.ts";
import { checkMount } from "./mount-check.ts";
import { parseMountMode } from "./mount-mode.ts";

/** A bind string taken apart: the mount it stands for, and its modes as written (`inspect` shows them). */
export interface Binding {
  mount: Mount;
  mode: string;
}

/**
 * `[SOURCE:]TARGET[:MODES]`: an absolute source is a bind, any other a volume's name, none an anonymous volume.
 * Throws `invalid` with dockerd's words.
 */
export function parseBinding(raw: string, volumeDriver = ""): Binding {
  const parts = raw.split(":");
  const [first = "", second, mode = ""] = parts;
  // A path with modes alone (`/data:ro`) would need a volume to be made read-only.
  const ambiguous = parts.length === 2 && parseMountMode(second ?? "") !== undefined;
  if (parts.length > 3 || first === "" || ambiguous) throw invalid(specProblem(raw));
  const source = second === undefined ? "" : first;
  const mount = bindingMount(source, second ?? first, mode, volumeDriver);
  try {
    checkMount(mount);
  } catch (error) {
    throw invalid(`${specProblem(raw)}: ${messageOf(error)}`, error);
  }
  return { mount, mode };
}

/** One `--volumes-from`: `CONTAINER[:MODES]`. Throws `invalid`. */
export function parseVolumesFrom(text: string): { container: string; readOnly: boolean } {
  if (text === "") throw invalid("volumes-from specification cannot be an empty string");
  const colon = text.indexOf(":");
  const mode = colon < 0 ? "" : text.slice(colon + 1);
  const parsed = parseMountMode(mode);
  if (parsed === undefined || parsed.propagation !== undefined || parsed.noCopy) {
    throw invalid(`invalid mode: ${mode}`);
  }
  return { container: colon < 0 ? text : text.slice(0, colon), readOnly: parsed.readOnly };
}

function bindingMount(source: string, target: string, mode: string, volumeDriver: string): Mount {
  const modes = parseMountMode(mode);
  if (modes === undefined) throw invalid(`invalid mode: ${mode}`);
  const isBind = source.startsWith("/");
  const driver = volumeDriver !== "" && !isBind;
  return {
    Type: isBind ? "bind" : "volume",
    Target: target,
    ...(source !== "" && { Source: source }),
    ...(modes.readOnly && { ReadOnly: true }),
    ...(modes.propagation && { BindOptions: { Propagation: modes.propagation } }),
    ...((driver || modes.noCopy) && {
      VolumeOptions: {
        ...(modes.noCopy && { NoCopy: true }),
        ...(driver && { DriverConfig: { Name: volumeDriver } }),
      },
    }),
  };
}

function specProblem(raw: string): string {
  return `invalid volume specification: '${raw}'`;
}

function invalid(message: string, cause?: unknown): EngineError {
  return new EngineError("invalid", message, cause);
}
