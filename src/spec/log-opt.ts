// Options of the log drivers: what is refused at create, and what their values mean at start.
import { EngineError, messageOf } from "../base/errors.ts";
import { parseBool } from "./boolean.ts";
import { checkLogTag } from "./log-tag.ts";
import { parseBytes } from "./size.ts";
import { parseFacility, parseSyslogAddress, parseSyslogFormat } from "./syslog-options.ts";

/** How a container's log file is kept. */
export interface LogFileOptions {
  /** Undefined: never rotated. */
  maxSizeBytes?: number;
  maxFiles: number;
  compress: boolean;
}

const common = [
  "mode",
  "max-buffer-size",
  "cache-disabled",
  "cache-max-size",
  "cache-max-file",
  "cache-compress",
];
const tagging = ["labels", "labels-regex", "env", "env-regex", "tag"];
const known: Record<string, string[]> = {
  "json-file": ["max-file", "max-size", "compress", ...tagging],
  local: ["max-file", "max-size", "compress"],
  journald: tagging,
  syslog: [
    "syslog-address",
    "syslog-facility",
    "syslog-format",
    "syslog-tls-ca-cert",
    "syslog-tls-cert",
    "syslog-tls-key",
    "syslog-tls-skip-verify",
    ...tagging,
  ],
};
/** What `--log-driver` may name. */
export const logDrivers = [...Object.keys(known), "none"].toSorted();
const unknownMessage: Record<string, (option: string) => string> = {
  "json-file": (option) => `unknown log opt '${option}' for json-file log driver`,
  local: (option) => `unknown log opt '${option}' for log driver local`,
  journald: (option) => `unknown log opt '${option}' for journald log driver`,
  syslog: (option) => `unknown log opt '${option}' for syslog log driver`,
};
const localDefaults: LogFileOptions = { maxSizeBytes: 20 * 1024 * 1024, maxFiles: 5, compress: true };
const jsonDefaults: LogFileOptions = { maxFiles: 1, compress: false };

/** dockerd's checks of HostConfig.LogConfig at create, for the drivers this engine has. Throws `invalid`. */
export function checkLogConfig(driver: string, options: Record<string, string>): void {
  if (driver === "none") return;
  const names = known[driver];
  if (names === undefined) {
    throw new EngineError(
      "invalid",
      `error looking up logging plugin ${driver}: plugin ${JSON.stringify(driver)} not found (log drivers are ${logDrivers.join(", ")})`,
    );
  }
  checkDelivery(options);
  const strange = Object.keys(options).find((name) => !names.includes(name) && !common.includes(name));
  if (strange !== undefined) throw invalid(unknownMessage[driver]?.(strange) ?? "");
  if (driver === "syslog") checkSyslog(options);
  checkValues(driver, options);
}

function checkSyslog(options: Record<string, string>): void {
  parseSyslogAddress(options["syslog-address"] ?? "");
  parseFacility(options["syslog-facility"] ?? "");
  parseSyslogFormat(options["syslog-format"] ?? "");
}

/** dockerd finds these at start; nothing can change them until then. */
function checkValues(driver: string, options: Record<string, string>): void {
  try {
    parseLogFileOptions(driver, options);
    checkLogTag(options["tag"] ?? "");
    for (const name of ["labels-regex", "env-regex"]) checkPattern(options[name] ?? "");
  } catch (error) {
    const problem = "failed to create task for container: failed to initialize logging driver";
    throw new EngineError("invalid", `${problem}: ${messageOf(error)}`, error);
  }
}

function checkPattern(text: string): void {
  try {
    RegExp(text);
  } catch (error) {
    throw new EngineError("invalid", `error parsing regexp: ${messageOf(error)}`, error);
  }
}

/** What is delivered elsewhere is kept, too, so that it can be read back: Docker's cache has the local driver's form. */
function cacheOptions(options: Record<string, string>): Record<string, string> {
  const cached = Object.entries(options).filter(([name]) => name.startsWith("cache-"));
  return Object.fromEntries(cached.map(([name, value]) => [name.slice("cache-".length), value]));
}

/** The values, as they count from start on. Throws `invalid` with dockerd's words (it finds them at start). */
export function parseLogFileOptions(driver: string, options: Record<string, string>): LogFileOptions {
  if (driver === "syslog" || driver === "journald")
    return parseLogFileOptions("local", cacheOptions(options));
  const defaults = driver === "local" ? localDefaults : jsonDefaults;
  const read = <T>(name: string, parse: (text: string) => T, otherwise: T): T => {
    const text = options[name];
    if (text === undefined) return otherwise;
    return driver === "local" ? named(name, text, parse) : parse(text);
  };
  const maxSizeBytes = read("max-size", maxSize, defaults.maxSizeBytes);
  const maxFiles = read("max-file", maxFile, defaults.maxFiles);
  const compress = read("compress", compressed, defaults.compress);
  if (compress && driver === "local" && maxFiles < 2) {
    throw invalid("compression cannot be enabled when max file count is 1");
  }
  if (compress && (maxFiles < 2 || maxSizeBytes === undefined)) {
    throw invalid("compress cannot be true when max-file is less than 2 or max-size is not set");
  }
  return { maxFiles, compress, ...(maxSizeBytes !== undefined && { maxSizeBytes }) };
}

/** The local driver's messages name the option. */
function named<T>(name: string, text: string, parse: (text: string) => T): T {
  try {
    return parse(text);
  } catch (error) {
    throw new EngineError("invalid", `invalid value for ${name}: ${text}: ${messageOf(error)}`, error);
  }
}

function checkDelivery(options: Record<string, string>): void {
  const { mode = "", "max-buffer-size": buffer, "cache-disabled": cache } = options;
  if (mode !== "" && mode !== "blocking" && mode !== "non-blocking") {
    throw invalid(`logger: logging mode not supported: ${mode}`);
  }
  if (buffer !== undefined && mode !== "non-blocking") {
    throw invalid("logger: max-buffer-size option is only supported with 'mode=non-blocking'");
  }
  if (buffer !== undefined) checkBuffer(buffer);
  if (cache !== undefined && parseBool(cache) === undefined) {
    throw invalid(`invalid value for option cache-disabled: ${cache}`);
  }
}

function checkBuffer(text: string): void {
  try {
    parseBytes(text);
  } catch (error) {
    throw new EngineError("invalid", `error parsing option max-buffer-size: ${messageOf(error)}`, error);
  }
}

function maxSize(text: string): number | undefined {
  const size = parseBytes(text);
  if (size <= 0) throw invalid("max-size must be a positive number");
  return size;
}

function maxFile(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) {
    throw invalid(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  if (Number(text) < 1) throw invalid("max-file cannot be less than 1");
  return Number(text);
}

function compressed(text: string): boolean {
  const value = parseBool(text);
  if (value === undefined) {
    throw invalid(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return value;
}

function invalid(message: string): EngineError {
  return new EngineError("invalid", message);
}
