import { generateName } from "../spec/names-generator.ts";
import type { ContainerRepository } from "./repository.ts";

/** A made-up name that no container bears. */
export function freeName(repository: ContainerRepository): string {
  for (let attempt = 0; ; attempt += 1) {
    const name = generateName(Math.random, attempt);
    if (repository.byName(name) === undefined) return name;
  }
}
