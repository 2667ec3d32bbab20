import { platformMismatch } from "../images/check-platform.ts";
import type { Image } from "../images/image-service.ts";
import { formatPlatform, hostPlatform, parsePlatform } from "../spec/platform.ts";

/** Docker's warning for an image of another architecture; a platform asked for and not there is an error. */
export function platformWarnings(image: Image, name: string, asked: string | undefined): string[] {
  if (asked !== undefined && asked !== "") {
    const wanted = parsePlatform(asked);
    if (wanted.os !== image.config.os || wanted.architecture !== image.config.architecture) {
      throw platformMismatch(name, image.config, wanted);
    }
    return [];
  }
  const host = hostPlatform();
  if (host.os === image.config.os && host.architecture === image.config.architecture) return [];
  return [
    `The requested image's platform (${formatPlatform(image.config)}) does not match the detected host platform (${formatPlatform(host)}) and no specific platform was requested`,
  ];
}
