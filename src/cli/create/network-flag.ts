import { parseCsvRecord } from "../../spec/csv.ts";
import { parseInteger } from "../go-number.ts";
import { cut } from "./cut.ts";

/** One `--network` with what it says of its endpoint. */
export interface NetworkAttachment {
  target: string;
  aliases: string[];
  links: string[];
  linkLocalIps: string[];
  driverOptions: Record<string, string>;
  ipv4: string;
  ipv6: string;
  macAddress: string;
  gatewayPriority: number;
}

/** A name, or `name=foo,alias=a,ip=1.2.3.4,…`. */
export function parseNetworkFlag(text: string): NetworkAttachment {
  const attachment: NetworkAttachment = {
    target: text,
    aliases: [],
    links: [],
    linkLocalIps: [],
    driverOptions: {},
    ipv4: "",
    ipv6: "",
    macAddress: "",
    gatewayPriority: 0,
  };
  if (!/\w+=\w+(,\w+=\w+)*/.test(text)) return attachment;
  attachment.target = "";
  for (const field of parseCsvRecord(text)) {
    // Docker reads the whole field in lower case, values too.
    const [key, value] = cut(field.toLowerCase(), "=");
    if (value === undefined || key === "") throw new Error(`invalid field ${field}`);
    setField(attachment, key.trim(), value.trim());
  }
  if (attachment.target === "") throw new Error("network name/id is not specified");
  return attachment;
}

function setField(attachment: NetworkAttachment, key: string, value: string): void {
  switch (key) {
    case "name":
      attachment.target = value;
      return;
    case "alias":
      attachment.aliases.push(value);
      return;
    case "ip":
      attachment.ipv4 = value;
      return;
    case "ip6":
      attachment.ipv6 = value;
      return;
    case "mac-address":
      attachment.macAddress = value;
      return;
    case "link-local-ip":
      attachment.linkLocalIps.push(value);
      return;
    case "driver-opt":
      addDriverOption(attachment.driverOptions, value);
      return;
    case "gw-priority":
      attachment.gatewayPriority = parsePriority(value);
      return;
    default:
      throw new Error(`invalid field key ${key}`);
  }
}

function addDriverOption(options: Record<string, string>, text: string): void {
  const [key, value] = cut(text, "=");
  if (value === undefined || key === "") throw new Error("invalid key value pair format in driver options");
  options[key.trim()] = value.trim();
}

function parsePriority(text: string): number {
  try {
    return parseInteger(text);
  } catch (error) {
    throw new Error(`invalid gw-priority (${text}): invalid syntax`, { cause: error });
  }
}
