// What `context inspect` shows.
import { declare } from "../go/declare.ts";
import type { GoType } from "../go/type.ts";

const declarations = `
context.contextWithTLSListing
  store.Metadata
  TLSMaterial map[string]store.EndpointFiles
  Storage store.StorageInfo
store.Metadata
  Name string
  Metadata command.DockerContext
  Endpoints map[string]any
command.DockerContext
  Description string Description,omitempty
  AdditionalFields map[string]any -
context.EndpointMetaBase
  Host string Host,omitempty
  SkipTLSVerify bool
store.EndpointFiles = []string
store.StorageInfo
  MetadataPath string
  TLSPath string
`;

export const contextTypes: (name: string) => GoType = declare(declarations);
