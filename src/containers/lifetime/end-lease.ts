import type { ContainersContext } from "../context.ts";
import { expireContainer } from "./expire.ts";
import { lifetimeLabels } from "./lifetime.ts";

/** Removes all that was made under a lease: containers at once, then volumes. What cannot go is logged. */
export async function endLease(context: ContainersContext, lease: string): Promise<void> {
  const made = context.repository.all().filter(({ lifetime }) => lifetime?.lease === lease);
  await Promise.all(
    made.map(({ id, name }) =>
      logged(context, `container ${name}`, () => expireContainer(context, id, "lease")),
    ),
  );
  for (const { Name = "" } of volumesOf(context, lease))
    await logged(context, `volume ${Name}`, () => context.volumes.remove(Name, true));
}

/** After a start: every lease that something still carries. */
export function adoptLeases({ repository, leases }: ContainersContext): void {
  for (const { lifetime } of repository.all())
    if (lifetime?.lease !== undefined) leases.adopt(lifetime.lease);
}

function volumesOf({ volumes }: ContainersContext, lease: string) {
  return volumes.list({ label: [`${lifetimeLabels.lease}=${lease}`] }).Volumes ?? [];
}

async function logged({ log }: ContainersContext, what: string, step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    log.error(`cannot remove the ${what} of a lease that is over`, error);
  }
}
