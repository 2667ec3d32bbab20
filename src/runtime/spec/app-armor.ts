import { appArmorEnabled } from "../../linux/apparmor.ts";

/** The profile of a container's processes: Docker's rules; undefined where the host has no AppArmor. */
export function appArmorProfile(
  asked: string | undefined,
  privileged: boolean,
  defaultProfile: string | undefined,
): string | undefined {
  if (!appArmorEnabled()) return undefined;
  if (asked !== undefined && asked !== "") return asked;
  return privileged ? "unconfined" : defaultProfile;
}
