import { newId } from "../../base/ids.ts";
import { EngineError } from "../../base/errors.ts";
import type { SessionRequest } from "../../spec/api/build.ts";
import type { Duplex } from "node:stream";
import type { BuildSession } from "./build-session.ts";
import { StreamQueue } from "./stream-queue.ts";

/** How long a session waits for its build. */
const patienceMs = 10 * 60_000;

type Streams = ReadonlyMap<string, StreamQueue>;

interface Session {
  secrets: ReadonlyMap<string, Uint8Array>;
  ssh: Streams;
  layouts: Streams;
  timer: NodeJS.Timeout;
}

/** What clients lend to their builds, in memory alone. */
export class SessionStore {
  readonly #sessions = new Map<string, Session>();

  /** `POST /build/sessions`. The id is the only way to it. */
  create({ secrets = {}, ssh = [], layouts = [] }: SessionRequest): string {
    const id = newId();
    this.#sessions.set(id, {
      secrets: new Map(Object.entries(secrets).map(([name, text]) => [name, Buffer.from(text, "base64")])),
      ssh: queues(ssh),
      layouts: queues(layouts),
      timer: setTimeout(() => this.end(id), patienceMs).unref(),
    });
    return id;
  }

  /** `POST /build/sessions/{id}/ssh`: takes a stream to the client's agent, for one connection. Throws `not-found`. */
  sshOffer(id: string, name: string): (stream: Duplex) => void {
    const queue = sshQueue(this.#find(id), name);
    return (stream) => queue.put(stream);
  }

  /** The same of `POST /build/sessions/{id}/layout`. */
  layoutOffer(id: string, name: string): (stream: Duplex) => void {
    const queue = layoutQueue(this.#find(id), name);
    return (stream) => queue.put(stream);
  }

  /** The session a build names; it holds until `end`. Throws `not-found`. */
  use(id: string): BuildSession {
    const session = this.#find(id);
    clearTimeout(session.timer);
    return {
      secret: (name) => session.secrets.get(name),
      hasSsh: (name) => session.ssh.has(name),
      connectSsh: async (name, signal) => await sshQueue(session, name).take(signal),
      connectLayout: async (name, signal) => await layoutQueue(session, name).take(signal),
    };
  }

  /** Forgets the secrets and ends the streams that were not used. */
  end(id: string): void {
    const session = this.#sessions.get(id);
    if (session === undefined) return;
    this.#sessions.delete(id);
    clearTimeout(session.timer);
    for (const value of session.secrets.values()) value.fill(0);
    for (const queue of [...session.ssh.values(), ...session.layouts.values()]) queue.end();
  }

  #find(id: string): Session {
    const session = this.#sessions.get(id);
    if (session === undefined) throw new EngineError("not-found", "no such build session");
    return session;
  }
}

function queues(names: readonly string[]): Streams {
  return new Map(names.map((name) => [name, new StreamQueue()]));
}

function sshQueue({ ssh }: Session, name: string): StreamQueue {
  const queue = ssh.get(name);
  if (queue === undefined) throw new EngineError("not-found", `unset ssh forward key ${name}`);
  return queue;
}

function layoutQueue({ layouts }: Session, name: string): StreamQueue {
  const queue = layouts.get(name);
  if (queue === undefined) throw new EngineError("not-found", `no layout ${name} is lent to this build`);
  return queue;
}
