import { EngineError } from "../base/errors.ts";
import type { RestartPolicy } from "./api/container.ts";

/** One `--restart`: `no`, `always`, `unless-stopped`, `on-failure[:N]`. The engine checks the name. Throws `invalid`. */
export function parseRestartPolicy(text: string): RestartPolicy {
  const colon = text.indexOf(":");
  const name = colon < 0 ? text : text.slice(0, colon);
  const count = colon < 0 ? "" : text.slice(colon + 1);
  if (colon === 0) throw invalid("invalid restart policy format: no policy provided before colon");
  if (count !== "" && !/^[+-]?\d+$/.test(count)) {
    throw invalid("invalid restart policy format: maximum retry count must be an integer");
  }
  return { Name: name as NonNullable<RestartPolicy["Name"]>, MaximumRetryCount: Number(count) };
}

/** dockerd's check at create and update. Throws `invalid`. */
export function checkRestartPolicy({ Name = "", MaximumRetryCount: count = 0 }: RestartPolicy): void {
  switch (Name) {
    case "":
    case "no":
    case "always":
    case "unless-stopped":
      if (count === 0) return;
      throw invalid(
        `invalid restart policy: maximum retry count can only be used with 'on-failure'${count < 0 ? " and cannot be negative" : ""}`,
      );
    case "on-failure":
      if (count >= 0) return;
      throw invalid("invalid restart policy: maximum retry count cannot be negative");
    default:
      throw invalid(
        `invalid restart policy: unknown policy '${String(Name)}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`,
      );
  }
}

function invalid(message: string): EngineError {
  return new EngineError("invalid", message);
}
