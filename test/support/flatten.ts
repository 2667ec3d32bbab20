/** A create body as one level of fields: `HostConfig.Binds`, `NetworkingConfig.EndpointsConfig`, … */
export function flatten(body: unknown): Record<string, unknown> {
  const { HostConfig, NetworkingConfig, ...config } = body as Record<string, object>;
  return { ...config, ...nested("HostConfig", HostConfig), ...nested("NetworkingConfig", NetworkingConfig) };
}

function nested(prefix: string, value: object = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [`${prefix}.${name}`, field as unknown]),
  );
}
