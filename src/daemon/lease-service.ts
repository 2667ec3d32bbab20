import { rmSync } from "node:fs";
import { join } from "node:path";
import type { LeaseService, OpenLease, Services } from "../api/services.ts";
import { EngineError } from "../base/errors.ts";
import type { Leases } from "../containers/lifetime/leases.ts";
import { lifetimeLabels } from "../containers/lifetime/lifetime.ts";
import type { Listener } from "./listen.ts";

export interface LeaseParts {
  leases: Leases;
  /** Where each lease has a socket of its own. */
  directory: string;
  services: () => Services;
  /** Serves these at a socket. */
  listen: (path: string, services: Services) => Promise<Listener>;
}

/** Leases, each with a socket at which every Docker client works under it without knowing. */
export function createLeaseService({ leases, directory, services, listen }: LeaseParts): LeaseService {
  // Of an engine that was killed.
  rmSync(directory, { recursive: true, force: true });
  return {
    open: async (id) => {
      const lease = leases.open(id);
      const socket = join(directory, `${lease.id}.sock`);
      const listener = await listen(socket, leasedServices(services(), lease.id)).catch(async (error) => {
        await lease.release();
        throw error;
      });
      const release = async () => {
        await listener.close(0);
        await lease.release();
      };
      return { id: lease.id, label: labelOf(lease.id), socket, release } satisfies OpenLease;
    },
    end: async (id) => {
      if (!leases.isHeld(id)) throw new EngineError("not-found", `No such lease: ${id}`);
      await leases.end(id);
    },
  };
}

/** The same services; what is made by them carries the lease's label. */
export function leasedServices(services: Services, lease: string): Services {
  const label = { [lifetimeLabels.lease]: lease };
  const { containers, volumes } = services;
  return {
    ...services,
    containers: withMethod(containers, "create", ({ body, ...request }) =>
      containers.create({ ...request, body: { ...body, Labels: { ...body.Labels, ...label } } }),
    ),
    volumes: withMethod(volumes, "create", (options) =>
      volumes.create({ ...options, Labels: { ...options.Labels, ...label } }),
    ),
  };
}

/** An object like `target` but for one method. Its others are called on `target` itself, which may have private parts. */
function withMethod<T extends object, K extends keyof T>(target: T, name: K, method: T[K]): T {
  return new Proxy(target, {
    get(_, key) {
      if (key === name) return method;
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

function labelOf(lease: string): string {
  return `${lifetimeLabels.lease}=${lease}`;
}
