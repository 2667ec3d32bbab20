import { EngineError } from "../../base/errors.ts";
import { struct, text } from "../body/schema.ts";
import type { Call } from "../call.ts";
import { type AuthConfig, credentialsOf, registryAuth } from "../registry-auth.ts";
import { route } from "../router.ts";

const authConfig = struct<AuthConfig>("registry.AuthConfig", {
  username: text(),
  password: text(),
  auth: text(),
  email: text(),
  serveraddress: text(),
  identitytoken: text(),
  registrytoken: text(),
});

async function logIn(call: Call): Promise<void> {
  const config = await call.body(authConfig, "AuthConfig");
  if (config === undefined) throw new EngineError("internal", "EOF");
  const { images } = call.services;
  const { identityToken } = await images.logIn(
    config.serveraddress ?? "",
    credentialsOf(config),
    call.signal,
  );
  call.json(200, { IdentityToken: identityToken, Status: "Login Succeeded" });
}

async function distribution(call: Call): Promise<void> {
  const options = { credentials: registryAuth(call), signal: call.signal };
  call.json(200, await call.services.images.distribution(call.param("name"), options));
}

/** An endpoint of the engine's own: Docker's client asks registries itself. */
async function manifest(call: Call): Promise<void> {
  const options = { credentials: registryAuth(call), signal: call.signal, all: call.query.bool("all") };
  call.json(200, await call.services.images.remoteManifest(call.param("name"), options));
}

export const routes = [
  route("POST", "/auth", logIn),
  route("GET", "/distribution/{name}/json", distribution),
  route("GET", "/distribution/{name}/manifest", manifest),
];
