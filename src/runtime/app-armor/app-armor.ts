import { EngineError, messageOf } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { AppArmorHost } from "./host.ts";
import { defaultProfileName, defaultProfileText } from "./profile-text.ts";

/** Confines containers by AppArmor, where the kernel does: keeps the default profile loaded, and says which one counts. */
export class AppArmor {
  readonly #host: AppArmorHost;
  readonly #log: Log;
  #loading: Promise<void> | undefined;
  #problem: string | undefined;

  constructor(host: AppArmorHost, log: Log) {
    this.#host = host;
    this.#log = log;
  }

  /** Why containers run unconfined although the kernel could confine them. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Loads the default profile, unless it is there: who updates the machine's profiles may take it out of the kernel. */
  async ensureDefault(): Promise<void> {
    if (!this.#host.enabled() || this.#isReady()) return;
    this.#loading ??= this.#load().finally(() => (this.#loading = undefined));
    await this.#loading;
  }

  /**
   * The profile of a container's processes, by Docker's rules; undefined where there is none. `asked` is what
   * `--security-opt apparmor=` names.
   */
  profileOf(asked: string | undefined, privileged: boolean): string | undefined {
    if (!this.#host.enabled()) return undefined;
    if (asked !== undefined && asked !== "") return asked;
    if (privileged) return "unconfined";
    return this.#problem === undefined ? defaultProfileName : undefined;
  }

  /** Throws where a profile that was asked for is not in the kernel: runtimes say of that only that some file is missing. */
  requireLoaded(profile: string | undefined): void {
    if (profile === undefined || profile === "unconfined" || this.#host.isLoaded(profile)) return;
    const problem = "unable to apply apparmor profile: no such file or directory";
    const advice = `profile ${JSON.stringify(profile)} is not loaded. Load it with: apparmor_parser -r FILE`;
    throw new EngineError("internal", `failed to create task for container: ${problem}: ${advice}`);
  }

  /** What could not be loaded once is not tried for each container. */
  #isReady(): boolean {
    return this.#problem !== undefined || this.#host.isLoaded(defaultProfileName);
  }

  async #load(): Promise<void> {
    const profile = defaultProfileText((path) => this.#host.has(path));
    this.#problem = await this.#host.load(profile).catch(messageOf);
    if (this.#problem !== undefined)
      this.#log.warn(`containers run without an AppArmor profile: ${this.#problem}`);
  }
}
