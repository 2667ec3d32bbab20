import { base, build, type BuildCase, from, withTree } from "./build-case.ts";

/**
 * COPY and ADD --link where it makes no difference that dockerd's own store knows no such layers and copies as without it. Where it does
 * (directories that are there, links on the way), `test/e2e/build-sharing.test.ts` has what is promised.
 */
export const linkCases: BuildCase[] = [
  build("link into a new directory", [from, "COPY --link sub /new/deep/"], withTree),
  build("link in the place of a file", [from, "RUN echo old > /a.txt", "COPY --link a.txt /"], withTree),
  build(
    "link with chown and chmod",
    [from, "COPY --link --chown=3:4 sub /d/", "COPY --link --chmod=700 a.txt /e/"],
    withTree,
  ),
  build(
    "link from a stage",
    [`FROM ${base} AS stage`, "RUN echo 1 > /1", from, "COPY --link --from=stage /1 /2", "RUN cat /2 > /3"],
    withTree,
  ),
  build("add with link", [from, "WORKDIR /w", "ADD --link a.txt sub ./"], withTree),
  build("link onto nothing", ["FROM scratch", "COPY --link a.txt /", "COPY --link sub /sub"], withTree),
];
