/** Docker's network types that containers hold too. */
export const networkDeclarations = `
network.Address
  Addr string
  PrefixLen int
network.EndpointIPAMConfig
  IPv4Address string IPv4Address,omitempty
  IPv6Address string IPv6Address,omitempty
  LinkLocalIPs []string LinkLocalIPs,omitempty
network.EndpointSettings
  IPAMConfig *network.EndpointIPAMConfig
  Links []string
  Aliases []string
  MacAddress string
  DriverOpts map[string]string
  GwPriority int
  NetworkID string
  EndpointID string
  Gateway string
  IPAddress string
  IPPrefixLen int
  IPv6Gateway string
  GlobalIPv6Address string
  GlobalIPv6PrefixLen int
  DNSNames []string
`;
