import { describe, expect, test } from "bun:test";
import { Log } from "../../base/log.ts";
import { AppArmor } from "./app-armor.ts";
import type { AppArmorHost } from "./host.ts";
import { defaultProfileText } from "./profile-text.ts";

/** A machine's AppArmor in memory. */
class Machine implements AppArmorHost {
  isEnabled = true;
  failure: string | undefined;
  readonly profiles = new Set<string>();
  loads = 0;

  enabled = () => this.isEnabled;
  isLoaded = (profile: string) => this.profiles.has(profile);
  has = () => true;

  async load(profile: string): Promise<string | undefined> {
    this.loads += 1;
    if (this.failure !== undefined) return this.failure;
    this.profiles.add(/^profile (\S+)/m.exec(profile)?.[1] ?? "");
    return undefined;
  }
}

async function on(machine: Machine): Promise<AppArmor> {
  const appArmor = new AppArmor(machine, new Log("fatal"));
  await appArmor.ensureDefault();
  return appArmor;
}

describe("the profile of a container", () => {
  test("that is not in the kernel is named, before a runtime misses it", async () => {
    const appArmor = await on(new Machine());
    for (const fine of [undefined, "unconfined", "docker-default"])
      expect(() => appArmor.requireLoaded(fine)).not.toThrow();
    expect(() => appArmor.requireLoaded("mine")).toThrow(
      'no such file or directory: profile "mine" is not loaded. Load it with: apparmor_parser -r FILE',
    );
  });

  test("is docker-default, or what was asked for, or none for privileged ones", async () => {
    const appArmor = await on(new Machine());
    expect(appArmor.profileOf(undefined, false)).toBe("docker-default");
    expect(appArmor.profileOf("", false)).toBe("docker-default");
    expect(appArmor.profileOf("mine", false)).toBe("mine");
    expect(appArmor.profileOf("unconfined", false)).toBe("unconfined");
    expect(appArmor.profileOf(undefined, true)).toBe("unconfined");
    expect(appArmor.profileOf("mine", true)).toBe("mine");
    expect(appArmor.problem).toBeUndefined();
  });

  test("is none where the kernel has no AppArmor, whatever is asked for", async () => {
    const machine = new Machine();
    machine.isEnabled = false;
    const appArmor = await on(machine);
    expect(appArmor.profileOf(undefined, false)).toBeUndefined();
    expect(appArmor.profileOf("mine", false)).toBeUndefined();
    expect(machine.loads).toBe(0);
  });

  test("is none where it could not be loaded: tried once, and told", async () => {
    const machine = new Machine();
    machine.failure = "no parser";
    const appArmor = await on(machine);
    await appArmor.ensureDefault();
    expect(appArmor.problem).toBe("no parser");
    expect(appArmor.profileOf(undefined, false)).toBeUndefined();
    expect(appArmor.profileOf("mine", false)).toBe("mine");
    expect(machine.loads).toBe(1);
  });
});

describe("the default profile", () => {
  test("is loaded once for many, not at all where it is there, and again when it was taken out", async () => {
    const machine = new Machine();
    const appArmor = new AppArmor(machine, new Log("fatal"));
    await Promise.all([appArmor.ensureDefault(), appArmor.ensureDefault()]);
    await on(machine);
    expect(machine.loads).toBe(1);
    machine.profiles.clear();
    await appArmor.ensureDefault();
    expect(machine.loads).toBe(2);
  });

  test("takes from the machine what it has", () => {
    const full = defaultProfileText(() => true);
    for (const line of ["abi <abi/3.0>,", "#include <tunables/global>", "  #include <abstractions/base>"])
      expect(full.split("\n")).toContain(line);
    const bare = defaultProfileText(() => false);
    expect(bare).not.toMatch(/#include|abi </);
    expect(bare).toStartWith("@{PROC}=/proc/\n");
    expect(bare).toContain(
      "profile docker-default flags=(attach_disconnected,mediate_deleted) {\n  network,",
    );
    expect(bare.match(/[{]/g)?.length).toBe(bare.match(/[}]/g)?.length);
  });
});
