// `--device`, `--device-cgroup-rule`, and the block I/O flags that name a device. Messages are the docker command's.
import { EngineError } from "../base/errors.ts";
import type { DeviceMapping, ThrottleDevice } from "./api/container.ts";
import { parseBytes } from "./size.ts";

/** One `--device`: `HOST[:CONTAINER][:rwm]`. Throws `invalid`. */
export function parseDevice(text: string): Required<DeviceMapping> {
  const parts = text.split(":");
  const [host = "", second, third] = parts;
  if (parts.length > 3 || host === "") throw invalid(`bad format for path: ${text}`);
  const modeOnly = third === undefined && second !== undefined && isDeviceMode(second);
  const inside = modeOnly ? host : (second ?? host);
  const mode = modeOnly ? second : third;
  if (mode !== undefined && !isDeviceMode(mode)) throw invalid(`bad mode specified: ${mode}`);
  if (!inside.startsWith("/")) throw invalid(`${inside} is not an absolute path`);
  return { PathOnHost: host, PathInContainer: inside, CgroupPermissions: mode ?? "rwm" };
}

/** Whether a `--device` names a CDI device (`vendor.com/class=name`) instead of a path. */
export function isCdiDevice(text: string): boolean {
  return /^[A-Za-z][\w.-]*\/[A-Za-z][\w.-]*=[\w.:-]+$/.test(text);
}

/** A rule of the device cgroup: type, major:minor or `*`, access. */
export interface DeviceRule {
  type: "a" | "b" | "c";
  /** Undefined for any. */
  major: number | undefined;
  minor: number | undefined;
  access: string;
}

/** `c 1:3 rwm`. Undefined when it is no rule; the command and the engine say so in different words. */
export function parseDeviceRule(text: string): DeviceRule | undefined {
  const match = /^([abc]) (\d+|\*):(\d+|\*) ([rwm]{1,3})$/.exec(text);
  if (match === null) return undefined;
  const [, type, major, minor, access = ""] = match;
  return { type: type as DeviceRule["type"], major: deviceNumber(major), minor: deviceNumber(minor), access };
}

/** The command's check of `--device-cgroup-rule`. */
export function checkDeviceRule(text: string): string {
  if (parseDeviceRule(text) !== undefined) return text;
  throw invalid(`invalid device cgroup format '${text}'`);
}

/** `--blkio-weight-device`: `/dev/…:WEIGHT`, 10 to 1000 or 0. */
export function parseWeightDevice(text: string): { Path: string; Weight: number } {
  const [Path, value] = splitDevice(text);
  const Weight = /^\d+$/.test(value) ? Number(value) : -1;
  if (Weight === 0 || (Weight >= 10 && Weight <= 1000)) return { Path, Weight };
  throw invalid(`invalid weight for device: ${text}`);
}

/** `--device-read-bps` and `--device-write-bps`: `/dev/…:SIZE` a second. */
export function parseByteRate(text: string): Required<ThrottleDevice> {
  const [Path, value] = splitDevice(text);
  try {
    return { Path, Rate: parseBytes(value) };
  } catch (error) {
    throw invalid(
      `invalid rate for device: ${text}. The correct format is <device-path>:<number>[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb`,
      error,
    );
  }
}

/** `--device-read-iops` and `--device-write-iops`: `/dev/…:NUMBER` a second. */
export function parseOperationRate(text: string): Required<ThrottleDevice> {
  const [Path, value] = splitDevice(text);
  if (/^\d+$/.test(value)) return { Path, Rate: Number(value) };
  throw invalid(
    `invalid rate for device: ${text}. The correct format is <device-path>:<number>. Number must be a positive integer`,
  );
}

function deviceNumber(word: string | undefined): number | undefined {
  return word === "*" ? undefined : Number(word);
}

function isDeviceMode(text: string): boolean {
  return /^[rwm]{1,3}$/.test(text) && new Set(text).size === text.length;
}

function splitDevice(text: string): [path: string, value: string] {
  const colon = text.indexOf(":");
  if (colon < 0) throw invalid(`bad format: ${text}`);
  const path = text.slice(0, colon);
  if (!path.startsWith("/dev/")) throw invalid(`bad format for device path: ${text}`);
  return [path, text.slice(colon + 1)];
}

function invalid(message: string, cause?: unknown): EngineError {
  return new EngineError("invalid", message, cause);
}
