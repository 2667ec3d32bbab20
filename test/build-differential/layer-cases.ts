import { base, build, type BuildCase, from, withTree } from "./build-case.ts";

/** What a layer does to those below it. */
export const layerCases: BuildCase[] = [
  build(
    "volume then change",
    [from, "RUN mkdir /v && echo 1 > /v/a", "VOLUME /v", "RUN echo 2 > /v/b", "COPY a.txt /v/c"],
    withTree,
  ),
  build(
    "symlinked destinations",
    [
      from,
      "RUN mkdir -p /real/deep && ln -s /real /abs && ln -s real/deep /rel && ln -s /dangling/to /gone",
      "COPY a.txt /abs/one",
      "COPY a.txt /rel/two",
      "COPY sub /abs/deep/",
      "WORKDIR /abs/work",
      "COPY b.txt .",
      "ADD a.txt /rel/",
    ],
    withTree,
  ),
  build("lower things removed and made again", [
    from,
    "RUN mkdir -p /d/x /e && echo 1 > /d/f && echo 1 > /d/x/g && ln -s f /d/l && echo e > /e/e",
    "RUN rm -r /d /e",
    "RUN mkdir /d && echo 2 > /d/f && echo file > /e",
    "RUN rm /e && mkdir /e && ln -s /d /e/d",
  ]),
  build("directory becomes link and back", [
    from,
    "RUN mkdir /a /b && touch /a/old /b/kept",
    "RUN rm -r /a && ln -s b /a",
    "RUN rm /a && mkdir /a && touch /a/new",
  ]),
  build("hardlinks across layers", [
    from,
    "RUN echo x > /one && ln /one /two",
    "RUN ln /two /three && chmod 600 /one",
    "RUN rm /one && echo y >> /two",
  ]),
  build("opaque directory", [
    from,
    "RUN mkdir -p /o/sub && touch /o/a /o/sub/b && chmod 700 /o/sub",
    "RUN rm -rf /o && mkdir -p /o/sub && touch /o/sub/c",
  ]),
  build("rename of a lower directory", [
    from,
    "RUN mkdir /from && touch /from/a",
    "RUN mv /from /to && touch /to/b",
  ]),
  build("chmod and chown of lower files", [
    from,
    "RUN echo x > /f && mkdir /g",
    "RUN chmod 4711 /f && chown 3:4 /g && chmod 2775 /g",
  ]),
  build("empty files and odd names", [
    from,
    "RUN touch '/a b' '/-dash' \"/q'uote\" /.hidden /ümlaut && mkdir '/dir with space'",
  ]),
  build("copy odd names", [from, 'COPY ["a b.txt", "-x", "ü", "/odd dir/"]'], {
    files: { "a b.txt": "1", "-x": "2", ü: "3" },
  }),
  build("copy from numbers of stages", [
    `FROM ${base}`,
    "RUN echo 0 > /0",
    `FROM ${base}`,
    "RUN echo 1 > /1",
    "FROM scratch",
    "COPY --from=0 /0 /",
    "COPY --from=1 /1 /",
  ]),
];
