import { messageOf } from "../../base/errors.ts";
import { parsePortMappings } from "../../spec/port.ts";

/** The ports of EXPOSE, as an image's configuration names them. Throws an Error in BuildKit's words. */
export function exposedPorts(ports: readonly string[]): string[] {
  return ports.flatMap((port) => {
    try {
      return parsePortMappings(port).map(({ containerPort }) => containerPort);
    } catch (error) {
      // The newer library says the same as that of `run -p`, but in lower case.
      const message = messageOf(error).replace(/^Invalid/, "invalid");
      const where = message.startsWith("invalid proto") ? `invalid port: ${JSON.stringify(port)}: ` : "";
      throw new Error(where + message, { cause: error });
    }
  });
}
