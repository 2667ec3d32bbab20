import { EngineError } from "../base/errors.ts";
import type { Image } from "../images/image-service.ts";
import { formatPlatform, hostPlatform, parsePlatform } from "../spec/platform.ts";

/** Docker's warning for an image of another architecture; a platform asked for and not there is an error. */
export function platformWarnings(image: Image, name: string, asked: string | undefined): string[] {
  const own = formatPlatform(image.config);
  if (asked !== undefined && asked !== "") {
    const wanted = parsePlatform(asked);
    if (wanted.os !== image.config.os || wanted.architecture !== image.config.architecture) {
      throw new EngineError(
        "not-found",
        `image with reference ${name} was found but its platform (${own}) does not match the specified platform (${formatPlatform(wanted)})`,
      );
    }
    return [];
  }
  const host = hostPlatform();
  if (host.os === image.config.os && host.architecture === image.config.architecture) return [];
  return [
    `The requested image's platform (${own}) does not match the detected host platform (${formatPlatform(host)}) and no specific platform was requested`,
  ];
}
