// What the classic builder tells of a Dockerfile besides its steps.
import { DockerfileError } from "../dockerfile/dockerfile-error.ts";
import { parseDockerfile } from "../dockerfile/parse-dockerfile.ts";
import { proxyArguments } from "../instructions/predefined-args.ts";

/** The line that names an image which is not to be had, as a step: it was the first that anything happened at. */
export function failedStep(text: string, error: unknown): string | undefined {
  if (!(error instanceof DockerfileError)) return undefined;
  const { nodes } = parseDockerfile(text);
  const index = nodes.findIndex(({ range }) => range.startLine === error.ranges[0]?.startLine);
  const node = nodes[index];
  return node === undefined ? undefined : `Step ${index + 1}/${nodes.length} : ${node.text}`;
}

/** Arguments that were given and that no ARG takes, sorted; proxies are for everybody. */
export function unconsumedArguments(text: string, given: Iterable<string>): string[] {
  const declared = parseDockerfile(text).nodes.flatMap(({ instruction, words }) =>
    instruction === "arg" ? words.map((word) => word.split("=", 1)[0]) : [],
  );
  const taken = new Set([...declared, ...proxyArguments]);
  return [...given].filter((name) => !taken.has(name)).sort();
}
