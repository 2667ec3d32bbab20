import { EngineError } from "../base/errors.ts";
import type { Database, Row } from "../store/db/database.ts";
import { lowestFree } from "./address-pool.ts";
import { type Ipv4Prefix, macOf, networkOf } from "./ipv4.ts";
import type { PortRoute } from "./firewall.ts";
import {
  isBridgeNetwork,
  type BridgeNetwork,
  type Endpoint,
  type EndpointAttachment,
  type NetworkDriver,
  type NetworkRecord,
} from "./network-record.ts";
import type { PublishedPort } from "./published-port.ts";

/** A container's network namespace, as the database knows it. */
export interface SandboxRecord {
  id: string;
  containerId: string;
  containerName: string;
}

const schema = [
  `CREATE TABLE networks (
     id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, driver TEXT NOT NULL, created TEXT NOT NULL,
     options TEXT NOT NULL, labels TEXT NOT NULL, bridge TEXT
   ) STRICT;
   CREATE TABLE sandboxes (
     container_id TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, container_name TEXT NOT NULL
   ) STRICT;
   CREATE TABLE endpoints (
     id TEXT PRIMARY KEY,
     network_id TEXT NOT NULL REFERENCES networks ON DELETE CASCADE,
     container_id TEXT NOT NULL REFERENCES sandboxes ON DELETE CASCADE,
     address INTEGER, prefix_length INTEGER, mac TEXT, link TEXT,
     UNIQUE (network_id, container_id), UNIQUE (network_id, address)
   ) STRICT;
   CREATE INDEX endpoints_by_container ON endpoints (container_id);
   CREATE TABLE published_ports (
     protocol TEXT NOT NULL, host_address TEXT NOT NULL, host_port INTEGER NOT NULL,
     container_id TEXT NOT NULL REFERENCES sandboxes ON DELETE CASCADE, container_port INTEGER NOT NULL,
     PRIMARY KEY (protocol, host_address, host_port)
   ) STRICT;
   CREATE INDEX published_ports_by_container ON published_ports (container_id);
   CREATE TABLE unrouted_links (boot_id TEXT NOT NULL, links TEXT NOT NULL) STRICT;`,
];

/** Networks, sandboxes, endpoints and published ports, durably. What is written here before the kernel is touched is what a crash can leave. */
export class NetworkStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
    db.migrate("networks", schema);
  }

  /** For sandboxes and what belongs to them: after a reboot none of it is true any more. */
  transaction<T>(body: () => T extends Promise<unknown> ? never : T): T {
    return this.#db.volatileTransaction(body);
  }

  networks(): NetworkRecord[] {
    return this.#db.all("SELECT * FROM networks ORDER BY created").map(networkOfRow);
  }

  bridgeNetworks(): BridgeNetwork[] {
    return this.networks().filter(isBridgeNetwork);
  }

  saveNetwork(network: NetworkRecord): void {
    this.#db.run(
      `INSERT INTO networks VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET options = excluded.options, bridge = excluded.bridge`,
      network.id,
      network.name,
      network.driver,
      network.created,
      JSON.stringify(network.options),
      JSON.stringify(network.labels),
      network.bridge === undefined ? null : JSON.stringify(network.bridge),
    );
  }

  removeNetwork(id: string): void {
    this.#db.run("DELETE FROM networks WHERE id = ?", id);
  }

  sandboxes(): SandboxRecord[] {
    return this.#db.all("SELECT * FROM sandboxes").map(sandboxOfRow);
  }

  sandbox(containerId: string): SandboxRecord | undefined {
    const row = this.#db.get("SELECT * FROM sandboxes WHERE container_id = ?", containerId);
    return row && sandboxOfRow(row);
  }

  addSandbox(sandbox: SandboxRecord): void {
    const { containerId, id, containerName } = sandbox;
    this.#db.run("INSERT INTO sandboxes VALUES (?, ?, ?)", containerId, id, containerName);
  }

  /** Forgets a sandbox with its endpoints and ports; their addresses are free again. */
  removeSandbox(containerId: string): void {
    this.transaction(() => {
      this.#db.run("DELETE FROM sandboxes WHERE container_id = ?", containerId);
    });
  }

  endpointsOfNetwork(networkId: string): Endpoint[] {
    return this.#endpoints("network_id = ?", networkId);
  }

  endpointsOfContainer(containerId: string): Endpoint[] {
    return this.#endpoints("container_id = ?", containerId);
  }

  /** Allots the lowest free address of a bridge network (within the caller's transaction). Throws `unavailable` when none is left. */
  allot(network: BridgeNetwork): Ipv4Prefix {
    const { gateway, range } = network.bridge;
    const used = this.#db
      .all("SELECT address FROM endpoints WHERE network_id = ? AND address IS NOT NULL", network.id)
      .map((row) => Number(row.address));
    const address = lowestFree(
      networkOf(gateway),
      [...used, gateway.address].sort((a, b) => a - b),
      range,
    );
    if (address !== undefined) return { address, prefixLength: gateway.prefixLength };
    throw new EngineError(
      "internal",
      `no available IPv4 addresses on this network's address pools: ${network.name} (${network.id})`,
    );
  }

  addEndpoint(endpoint: Endpoint): void {
    const { attachment } = endpoint;
    this.#db.run(
      "INSERT INTO endpoints VALUES (?, ?, ?, ?, ?, ?, ?)",
      endpoint.id,
      endpoint.networkId,
      endpoint.containerId,
      attachment?.address.address ?? null,
      attachment?.address.prefixLength ?? null,
      attachment?.mac ?? null,
      attachment?.link ?? null,
    );
  }

  addPorts(containerId: string, ports: readonly PublishedPort[]): void {
    for (const { protocol, hostAddress, hostPort, containerPort } of ports) {
      this.#db.run(
        "INSERT INTO published_ports VALUES (?, ?, ?, ?, ?)",
        protocol,
        hostAddress,
        hostPort,
        containerId,
        containerPort,
      );
    }
  }

  ports(containerId: string): PublishedPort[] {
    return this.#db
      .all("SELECT * FROM published_ports WHERE container_id = ? ORDER BY rowid", containerId)
      .map(portOfRow);
  }

  /** Published ports of that number, with who has them. */
  portHolders(protocol: string, hostPort: number): (PublishedPort & { containerName: string })[] {
    return this.#db
      .all(
        `SELECT published_ports.*, container_name FROM published_ports JOIN sandboxes USING (container_id)
         WHERE protocol = ? AND host_port = ?`,
        protocol,
        hostPort,
      )
      .map((row) => ({ ...portOfRow(row), containerName: String(row.container_name) }));
  }

  /** Every published port with the container's address, as the firewall needs them. */
  portRoutes(containerId?: string): PortRoute[] {
    return this.#db
      .all(
        `SELECT published_ports.*, MIN(address) AS target FROM published_ports JOIN endpoints USING (container_id)
         WHERE address IS NOT NULL AND (? IS NULL OR container_id = ?)
         GROUP BY protocol, host_address, host_port`,
        containerId ?? null,
        containerId ?? null,
      )
      .map((row) => ({ port: portOfRow(row), target: Number(row.target) }));
  }

  /** Links between which this boot's routing is not for. */
  unroutedLinks(bootId: string): string[] {
    const row = this.#db.get("SELECT links FROM unrouted_links WHERE boot_id = ?", bootId);
    return row === undefined ? [] : (JSON.parse(String(row.links)) as string[]);
  }

  saveUnroutedLinks(bootId: string, links: readonly string[]): void {
    this.#db.run("DELETE FROM unrouted_links");
    this.#db.run("INSERT INTO unrouted_links VALUES (?, ?)", bootId, JSON.stringify(links));
  }

  #endpoints(condition: string, value: string): Endpoint[] {
    return this.#db
      .all(
        `SELECT endpoints.*, container_name FROM endpoints JOIN sandboxes USING (container_id)
         WHERE endpoints.${condition} ORDER BY endpoints.rowid`,
        value,
      )
      .map(endpointOfRow);
  }
}

function networkOfRow(row: Row): NetworkRecord {
  const network: NetworkRecord = {
    id: String(row.id),
    name: String(row.name),
    driver: String(row.driver) as NetworkDriver,
    created: String(row.created),
    options: JSON.parse(String(row.options)) as Record<string, string>,
    labels: JSON.parse(String(row.labels)) as Record<string, string>,
  };
  if (row.bridge !== null) {
    network.bridge = JSON.parse(String(row.bridge)) as NonNullable<NetworkRecord["bridge"]>;
  }
  return network;
}

function sandboxOfRow(row: Row): SandboxRecord {
  return {
    id: String(row.id),
    containerId: String(row.container_id),
    containerName: String(row.container_name),
  };
}

function endpointOfRow(row: Row): Endpoint {
  return {
    id: String(row.id),
    networkId: String(row.network_id),
    containerId: String(row.container_id),
    containerName: String(row.container_name),
    ...(row.address !== null && { attachment: attachmentOfRow(row) }),
  };
}

function attachmentOfRow(row: Row): EndpointAttachment {
  const address = { address: Number(row.address), prefixLength: Number(row.prefix_length) };
  return { address, mac: String(row.mac ?? macOf(address.address)), link: String(row.link) };
}

function portOfRow(row: Row): PublishedPort {
  return {
    protocol: String(row.protocol) as PublishedPort["protocol"],
    hostAddress: String(row.host_address),
    hostPort: Number(row.host_port),
    containerPort: Number(row.container_port),
  };
}
