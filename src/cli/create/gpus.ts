import type { DeviceRequest } from "../../spec/api/container.ts";
import { parseCsvRecord } from "../../spec/csv.ts";
import { parseInteger } from "../go-number.ts";
import { pairsToMap } from "../../spec/key-value-file.ts";
import { cut } from "./cut.ts";

/** `all`, a count, or `device=0,driver=nvidia,capabilities=compute,options=…`. */
export function parseGpus(text: string): DeviceRequest {
  const request: DeviceRequest = { Driver: "", Count: 0 };
  const seen = new Set<string>();
  for (const field of parseCsvRecord(text)) {
    const [key, value] = cut(field, "=");
    if (seen.has(key)) throw new Error(`gpu request key '${key}' can be specified only once`);
    seen.add(key);
    if (value === undefined) seen.add("count");
    setField(request, value === undefined ? "count" : key, value ?? key, field);
  }
  if (!seen.has("count") && request.DeviceIDs === undefined) request.Count = 1;
  return {
    ...request,
    DeviceIDs: request.DeviceIDs ?? null,
    Capabilities: request.Capabilities ?? [["gpu"]],
    Options: request.Options ?? {},
  } as DeviceRequest;
}

function setField(request: DeviceRequest, key: string, value: string, field: string): void {
  switch (key) {
    case "driver":
      request.Driver = value;
      return;
    case "count":
      request.Count = parseCount(value);
      return;
    case "device":
      request.DeviceIDs = value.split(",");
      return;
    case "capabilities":
      request.Capabilities = [[...value.split(","), "gpu"]];
      return;
    case "options":
      request.Options = pairsToMap(parseCsvRecord(value));
      return;
    default:
      throw new Error(`unexpected key '${key}' in '${field}'`);
  }
}

function parseCount(text: string): number {
  if (text === "all") return -1;
  try {
    return parseInteger(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(error.message.lastIndexOf(": ") + 2) : "";
    throw new Error(`invalid count (${text}): value must be either "all" or an integer: ${reason}`, {
      cause: error,
    });
  }
}
