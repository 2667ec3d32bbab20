// The order and defaults of dockerd 28.5's answers about everything but containers (API v1.51), each read off its real JSON.
import type { Shape } from "./response-shape.ts";

const imageConfig: Shape = {
  always: {
    Cmd: null,
    Entrypoint: null,
    Env: null,
    Labels: null,
    OnBuild: null,
    User: "",
    Volumes: null,
    WorkingDir: "",
  },
  omitEmpty: ["ExposedPorts", "Healthcheck", "ArgsEscaped", "StopSignal", "Shell"],
};

/** GET /images/{name}/json. */
export const imageInspect: Shape = {
  always: {
    Id: "",
    RepoTags: [],
    RepoDigests: [],
    Parent: "",
    Comment: "",
    Created: "",
    DockerVersion: "",
    Author: "",
    Architecture: "",
    Os: "",
    Size: 0,
    GraphDriver: { Data: null, Name: "" },
    RootFS: {},
    Metadata: { LastTagTime: "0001-01-01T00:00:00Z" },
    Config: {},
  },
  omitEmpty: ["Variant", "OsVersion"],
  inner: { Config: imageConfig },
};

/** One element of GET /images/json. */
export const imageSummary: Shape = {
  always: {
    Containers: -1,
    Created: 0,
    Id: "",
    Labels: null,
    ParentId: "",
    RepoDigests: [],
    RepoTags: [],
    SharedSize: -1,
    Size: 0,
  },
};

/** One element of GET /images/{name}/history. */
export const historyStep: Shape = {
  always: { Comment: "", Created: 0, CreatedBy: "", Id: "<missing>", Size: 0, Tags: null },
};

/** A volume, alone and in the list. */
export const volume: Shape = {
  always: {
    CreatedAt: "",
    Driver: "local",
    Labels: null,
    Mountpoint: "",
    Name: "",
    Options: null,
    Scope: "local",
  },
  omitEmpty: ["Status"],
};

/** A network, alone and in the list. */
export const network: Shape = {
  always: {
    Name: "",
    Id: "",
    Created: "",
    Scope: "local",
    Driver: "",
    EnableIPv4: true,
    EnableIPv6: false,
    IPAM: {},
    Internal: false,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: "" },
    ConfigOnly: false,
    Containers: {},
    Options: {},
    Labels: {},
  },
  omitEmpty: ["Peers"],
  inner: {
    IPAM: { always: { Driver: "default", Options: null, Config: null } },
    ConfigFrom: { always: { Network: "" } },
    Containers: {
      each: { always: { Name: "", EndpointID: "", MacAddress: "", IPv4Address: "", IPv6Address: "" } },
    },
  },
};
