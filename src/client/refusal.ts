import { ApiError } from "./client.ts";

/** The error of an answer of 400 and above: the message of its JSON body, or its text. */
export function refused(status: number, body: string, path: string): ApiError {
  const message = messageIn(body);
  if (message !== "") return new ApiError(status, message);
  return new ApiError(
    status,
    `request returned status ${status} for API route and version ${path}, check if the server supports the requested API version`,
  );
}

function messageIn(body: string): string {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    return typeof message === "string" ? message.trim() : body.trim();
  } catch {
    return body.trim();
  }
}

/** The version an engine names when it refuses ours as too new: `Maximum supported API version is 1.43`. */
export function supportedVersion(status: number, body: string): string | undefined {
  if (status !== 400 || !body.includes("is too new")) return undefined;
  return /Maximum supported API version is (\d+\.\d+)/.exec(body)?.[1];
}
