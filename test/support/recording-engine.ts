import { createServer, type Server } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface RecordedRequest {
  method: string;
  /** Without the version. */
  path: string;
  body?: unknown;
}

/** An engine that writes down what it is asked and refuses everything: to compare what two clients ask. */
export interface RecordingEngine {
  host: string;
  /** The requests since the last call. */
  take(): RecordedRequest[];
  close(): void;
}

export const refusal = "recorded";

export async function startRecordingEngine(): Promise<RecordingEngine> {
  const directory = mkdtempSync(join(tmpdir(), "gantry-recording-"));
  const path = join(directory, "engine.sock");
  let recorded: RecordedRequest[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      response.setHeader("Api-Version", "1.51");
      response.setHeader("Ostype", "linux");
      if (request.url?.endsWith("/_ping")) {
        response.end("OK");
        return;
      }
      const body = Buffer.concat(chunks).toString("utf8");
      recorded.push({
        method: request.method ?? "",
        path: (request.url ?? "").replace(/^\/v[\d.]+/, ""),
        ...(body !== "" && { body: JSON.parse(body) as unknown }),
      });
      response.writeHead(418, { "Content-Type": "application/json" });
      response.end(JSON.stringify({ message: refusal }));
    });
  });
  await listening(server, path);
  return {
    host: `unix://${path}`,
    take() {
      const taken = recorded;
      recorded = [];
      return taken;
    },
    close() {
      server.closeAllConnections();
      server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
}
