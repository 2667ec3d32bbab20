import type { ExecCreateBody } from "../../containers/container-service.ts";
import { bool, list, struct, text, tuple, uint } from "./schema.ts";

/** POST /containers/{id}/exec. */
export const execCreateBody = struct<ExecCreateBody>("container.ExecOptions", {
  AttachStdin: bool,
  AttachStdout: bool,
  AttachStderr: bool,
  ConsoleSize: tuple(uint, 2),
  DetachKeys: text(),
  Tty: bool,
  Env: list(text()),
  Cmd: list(text()),
  Privileged: bool,
  User: text(),
  WorkingDir: text(),
});

export interface ExecStartBody {
  Detach?: boolean;
  Tty?: boolean;
  ConsoleSize?: number[];
}

/** POST /exec/{id}/start. */
export const execStartBody = struct<ExecStartBody>("container.ExecStartOptions", {
  Detach: bool,
  Tty: bool,
  ConsoleSize: tuple(uint, 2),
});
