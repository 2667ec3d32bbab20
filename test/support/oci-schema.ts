import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot, sharedDirectory } from "./paths.ts";

/** The checker is a development dependency: what is installed is asked for when it is needed. */
const checker = "@cfworker/json-schema";
const directory = join(sharedDirectory() ?? "/nowhere", "reference");

const files = {
  config: "oci-config-schema.json",
  index: "oci-image-index-schema.json",
  layout: "oci-image-layout-schema.json",
  manifest: "oci-image-manifest-schema.json",
};

/** Why documents cannot be held against OCI's schemas here; undefined where they can. */
export const noSchemas = whyNot();

function whyNot(): string | undefined {
  if (!existsSync(join(directory, files.manifest))) return "skipped: OCI's schemas are not here";
  const isInstalled = existsSync(join(projectRoot, "node_modules", checker));
  return isInstalled ? undefined : `skipped: ${checker} is not installed (npm install)`;
}

interface Validator {
  addSchema(schema: object, id: string): void;
  validate(document: unknown): { valid: boolean; errors: { instanceLocation: string; error: string }[] };
}

/** What OCI's schema finds wrong with a document: empty where it is as it should be. */
export async function schemaProblems(kind: keyof typeof files, document: unknown): Promise<string[]> {
  const { Validator } = (await import(checker)) as {
    Validator: new (schema: object, draft: string, shortCircuit: boolean) => Validator;
  };
  const validator = new Validator(schemaIn(files[kind]), "4", false);
  for (const file of readdirSync(directory))
    if (file.startsWith("oci-") && file !== files[kind])
      validator.addSchema(schemaIn(file), `${base}${file.slice("oci-".length)}`);
  return validator
    .validate(document)
    .errors.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`);
}

const base = "https://schemas.test/";

/** Their own ids, one for each property, would move what references are relative to. */
function schemaIn(file: string): object {
  const text = readFileSync(join(directory, file), "utf8");
  const schema = JSON.parse(text, function (this: unknown, key, value: unknown) {
    return key === "id" && typeof value === "string" ? undefined : value;
  }) as object;
  return { ...schema, id: `${base}${file.slice("oci-".length)}` };
}
