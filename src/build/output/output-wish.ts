import { EngineError } from "../../base/errors.ts";
import { type Annotation, parseAnnotation } from "../../spec/annotation.ts";
import { flagOf, type LayerChoice, layerChoiceOf } from "../../spec/layer-choice.ts";
import { parseReference, type Reference, withDefaultTag } from "../../spec/reference.ts";
import type { BuildOutputRequest, BuildRequest } from "../build-request.ts";

/** What an image looks like where it is written. */
export interface ImageForm {
  choice: LayerChoice;
  annotations: readonly Annotation[];
  /** Nothing is asked for that Docker's own manifests cannot say. */
  isPlain: boolean;
}

/** One `--output`, understood. */
export type OutputWish =
  | { kind: "image"; names: readonly Reference[]; push: boolean; byDigest: boolean; form: ImageForm }
  | { kind: "archive"; type: "oci" | "docker"; names: readonly Reference[]; form: ImageForm }
  | { kind: "tree"; type: "local" | "tar" }
  | { kind: "nothing" };

const formFields = [
  "compression",
  "compression-level",
  "force-compression",
  "oci-mediatypes",
  "rewrite-timestamp",
];
const imageFields = ["name", "push", "push-by-digest", ...formFields];
const archiveFields = ["name", ...formFields];
const fields: Record<string, readonly string[]> = {
  image: imageFields,
  registry: imageFields,
  moby: imageFields,
  oci: archiveFields,
  docker: archiveFields,
  local: [],
  tar: [],
  cacheonly: [],
};
const annotation = /^annotation(?:-([a-z-]+))?(\[[^\]]*\])?\.(.+)$/;

/** Reads what outputs are asked for; none is the same as one image. Throws `invalid` for what cannot be done, before anything is built. */
export function outputWishes(request: BuildRequest): OutputWish[] {
  const outputs = request.outputs.length > 0 ? request.outputs : [{ type: "image" }];
  const wishes = outputs.map((output) => wishOf(output, request));
  for (const wish of wishes) checkReach(wish, request);
  return wishes;
}

function wishOf(output: BuildOutputRequest, request: BuildRequest): OutputWish {
  const { type = "", ...attributes } = output;
  checkFields(type, attributes);
  switch (type) {
    case "image":
    case "registry":
    case "moby":
      return {
        kind: "image",
        names: namesOf(request, attributes),
        push: type === "registry" || flagOf(attributes, "push") === true,
        byDigest: flagOf(attributes, "push-by-digest") === true,
        form: formOf(attributes, request),
      };
    case "oci":
    case "docker":
      if (flagOf(attributes, "oci-mediatypes") === false)
        throw wrong(
          `oci-mediatypes=false is not supported for type=${type}: archives have OCI's media types`,
        );
      return {
        kind: "archive",
        type,
        names: namesOf(request, attributes),
        form: formOf(attributes, request),
      };
    case "local":
    case "tar":
      return { kind: "tree", type };
    default:
      return { kind: "nothing" };
  }
}

function checkFields(type: string, attributes: Readonly<Record<string, string>>): void {
  const known = fields[type];
  if (known === undefined) throw wrong(`exporter ${JSON.stringify(type)} could not be found`);
  const takesAnnotations = known.length > 0;
  for (const name of Object.keys(attributes)) {
    if (known.includes(name) || (takesAnnotations && annotation.test(name))) continue;
    const list = [...known, ...(takesAnnotations ? ["annotation.KEY"] : [])].join(", ");
    throw wrong(`unknown option ${JSON.stringify(name)} of an output of type ${type} (known: dest, ${list})`);
  }
}

/** `-t`, and the `name` of the output itself. */
function namesOf({ tags }: BuildRequest, { name }: Readonly<Record<string, string>>): Reference[] {
  const named = (name ?? "").split(",").filter(Boolean);
  return [...tags, ...named.map((text) => withDefaultTag(parseReference(text)))];
}

function formOf(attributes: Readonly<Record<string, string>>, request: BuildRequest): ImageForm {
  const choice = layerChoiceOf(attributes);
  const annotations = [...request.annotations, ...annotationsOf(attributes)];
  // Files of steps are never younger than SOURCE_DATE_EPOCH: there is nothing left to rewrite.
  flagOf(attributes, "rewrite-timestamp");
  const isGzip = choice.compression === "gzip" && choice.level === undefined && !choice.force;
  const isPlain = isGzip && annotations.length === 0 && flagOf(attributes, "oci-mediatypes") !== true;
  return { choice, annotations, isPlain };
}

function annotationsOf(attributes: Readonly<Record<string, string>>): Annotation[] {
  return Object.entries(attributes).flatMap(([name, value]) => {
    const [whole, place = "manifest", platform = "", key = ""] = annotation.exec(name) ?? [];
    return whole === undefined ? [] : [parseAnnotation(`${place}${platform}:${key}=${value}`)];
  });
}

/** An image store of Docker's form holds single images: what is more needs an index. */
function checkReach(wish: OutputWish, { platforms, attestations }: BuildRequest): void {
  const hasIndex = platforms.length > 1 || attestations.provenance !== undefined;
  const reaches = wish.kind === "archive" || (wish.kind === "image" && wish.push) || wish.kind === "nothing";
  if (wish.kind === "image" && wish.push && wish.names.length === 0)
    throw wrong("tag is needed when pushing to registry");
  if (!reaches && platforms.length > 1)
    throw wrong(
      "an image of several platforms has no place in this engine's store: give --push, or --output type=oci,dest=FILE",
    );
  if (
    attestations.provenance !== undefined &&
    (!reaches || (wish.kind === "archive" && wish.type === "docker"))
  )
    throw wrong(
      "attestations have no place in this engine's store: give --push, or --output type=oci,dest=FILE",
    );
  if (
    (wish.kind === "archive" || (wish.kind === "image" && wish.push)) &&
    !hasIndex &&
    isAboutIndex(wish.form)
  )
    throw wrong("index annotations not supported for single platform export");
  if (wish.kind === "archive" && wish.type === "docker" && platforms.length > 1)
    throw wrong("a Docker archive holds no image of several platforms: give --output type=oci,dest=FILE");
}

function isAboutIndex({ annotations }: ImageForm): boolean {
  return annotations.some(({ places }) => places.some((place) => place.startsWith("index")));
}

function wrong(message: string): EngineError {
  return new EngineError("invalid", message);
}
