/** What a case's context holds: text of files, links (`-> target`), directories (a name that ends with a slash). Modes by name. */
export interface BuildCase {
  name: string;
  dockerfile: string;
  files?: Record<string, string>;
  modes?: Record<string, number>;
  flags?: string[];
}

/** Stands for the name of the small image that both sides have. */
export const base = "BASE";

const tree = {
  "a.txt": "a",
  "b.txt": "b",
  "sub/c.txt": "c",
  "sub/deep/d.txt": "d",
  "sub/deep/e.md": "e",
  link: "-> a.txt",
  dirlink: "-> sub",
  "empty/": "",
};

const build = (
  name: string,
  lines: string[],
  more: Omit<BuildCase, "name" | "dockerfile"> = {},
): BuildCase => ({
  name,
  dockerfile: `${lines.join("\n")}\n`,
  ...more,
});
const from = `FROM ${base}`;
const withTree = { files: tree };

/** Dockerfiles that are built here and by BuildKit. */
export const cases: BuildCase[] = [
  // Configuration
  build("env forms", [from, "ENV A=1 B='two words' C=\"x $A\"", "ENV D old form", "ENV A=2"]),
  build("labels", [from, 'LABEL a=1 "b c"="d e"', "LABEL a=2", "LABEL multi=one\\\ntwo"]),
  build("maintainer", [from, "MAINTAINER me <me@there>", "ENV A=1"]),
  build("command forms", [from, "CMD echo $HOME"]),
  build("command exec", [from, 'CMD ["echo", "a b"]', 'CMD ["last"]']),
  build("entrypoint resets cmd", [from, "ENTRYPOINT top -b"]),
  build("entrypoint and cmd", [from, 'CMD ["x"]', 'ENTRYPOINT ["e"]']),
  build("shell", [from, 'SHELL ["/bin/sh", "-ec"]', "RUN echo x > /x", "CMD echo y"]),
  build("user", [from, "USER nobody", "RUN id -u > /tmp/u", "USER 12:34", "RUN id > /tmp/v"]),
  build("workdir", [
    from,
    "WORKDIR /a",
    "WORKDIR b",
    "RUN pwd > here",
    "WORKDIR /",
    "ENV D=/e",
    "WORKDIR $D/f",
  ]),
  build("expose", [from, "EXPOSE 80 443/tcp 53/udp", "ENV P=8000-8002", "EXPOSE $P"]),
  build("volume", [from, "VOLUME /a /b", 'VOLUME ["/c d"]']),
  build("stopsignal", [from, "STOPSIGNAL SIGTERM", "STOPSIGNAL 9"]),
  build("healthcheck", [from, "HEALTHCHECK --interval=5s --timeout=3s --retries=2 CMD echo ok"]),
  build("healthcheck exec", [from, 'HEALTHCHECK --start-period=1m CMD ["a","b"]']),
  build("healthcheck none", [from, "HEALTHCHECK NONE"]),
  build("onbuild", [from, "ONBUILD RUN echo x > /x", "ONBUILD COPY a.txt /"]),
  build("onbuild fires", [`FROM ${base} AS one`, "ONBUILD RUN echo fired > /fired", "FROM one", "ENV A=1"]),
  build("scratch", ["FROM scratch", "COPY a.txt /", "ENV A=1"], withTree),
  build("metadata alone on scratch", ["FROM scratch AS x", "LABEL a=b", "COPY a.txt /b"], withTree),
  build("label flag", [from, "LABEL a=1"], { flags: ["--label", "a=2", "--label", "z=3"] }),
  // Arguments
  build("arg default", [from, "ARG V=1", "RUN echo $V > /v"]),
  build("arg given", [from, "ARG V=1", "ARG W", "RUN echo $V $W > /v"], {
    flags: ["--build-arg", "V=2", "--build-arg", "W=3"],
  }),
  build("arg before from", ["ARG T=latest", `FROM ${base} AS b`, "ARG T", "RUN echo $T > /t"]),
  build("env beats arg", [from, "ARG V=arg", "ENV V=env", "RUN echo $V > /v"]),
  build("predefined args", [
    from,
    "ARG TARGETPLATFORM",
    "ARG TARGETARCH",
    "ARG BUILDOS",
    "RUN echo $TARGETPLATFORM $TARGETARCH $BUILDOS > /p",
  ]),
  build("proxy arg leaves no trace", [from, "RUN echo $http_proxy > /p"], {
    flags: ["--build-arg", "http_proxy=http://p"],
  }),
  build("modifiers", [
    from,
    "ENV A=abc",
    "ENV B=${A:-x} C=${N:-y} D=${A:+z} E=${N:+w} F=\\$A G=${A#a} H=${A%c} I=${A/b/B}",
  ]),
  // Copying
  build("copy file to name", [from, "COPY a.txt /x/y"], withTree),
  build("copy file to directory", [from, "COPY a.txt /x/"], withTree),
  build("copy into existing directory", [from, "COPY a.txt /tmp"], withTree),
  build("copy several", [from, "COPY a.txt b.txt sub /x/"], withTree),
  build("copy directory", [from, "COPY sub /x"], withTree),
  build("copy directory to slash", [from, "COPY sub /x/"], withTree),
  build("copy everything", [from, "COPY . /all"], withTree),
  build("copy dot to workdir", [from, "WORKDIR /w", "COPY . ."], withTree),
  build("copy wildcard", [from, "COPY *.txt /x/"], withTree),
  build("copy deep wildcard", [from, "COPY sub/*/*.txt /x/"], withTree),
  build("copy question mark", [from, "COPY ?.txt /x/"], withTree),
  build("copy link", [from, "COPY link /x/"], withTree),
  build("copy link to name", [from, "COPY link /y"], withTree),
  build("copy directory link", [from, "COPY dirlink /x"], withTree),
  build("copy through link", [from, "COPY dirlink/c.txt /x"], withTree),
  build("copy empty directory", [from, "COPY empty /x"], withTree),
  build("copy over file", [from, "RUN echo old > /f", "COPY a.txt /f"], withTree),
  build(
    "copy into linked directory",
    [from, "RUN mkdir /real && ln -s /real /l", "COPY a.txt /l/"],
    withTree,
  ),
  build("copy to relative link target", [from, "RUN mkdir -p /r/s && ln -s r/s /l", "COPY sub /l"], withTree),
  build("copy chown", [from, "COPY --chown=nobody:users a.txt sub /x/"], withTree),
  build("copy chown numbers", [from, "COPY --chown=12 sub /x", "COPY --chown=1:2 a.txt /y/z"], withTree),
  build("copy chmod", [from, "COPY --chmod=640 a.txt /x/", "COPY --chmod=711 sub /y"], withTree),
  build("copy chmod symbolic", [from, "COPY --chmod=u=rwX,go=rX sub /y"], withTree),
  build("copy exclude", [from, "COPY --exclude=*.md --exclude=deep/d* sub /x"], withTree),
  build("copy link flag", [from, "COPY --link --chown=5:6 sub /x/"], withTree),
  build("modes of files", [from, "COPY . /m"], {
    files: { run: "r", secret: "s", "d/": "" },
    modes: { run: 0o4755, secret: 0o600, d: 0o1777 },
  }),
  build("user does not own copies", [from, "USER nobody", "COPY a.txt /x", "WORKDIR /w"], withTree),
  build("dockerignore", [from, "COPY . /x"], {
    files: { ...tree, ".dockerignore": "*.txt\n!b.txt\nsub/deep\n" },
  }),
  build("inline file", [from, "ENV W=world", "COPY <<EOF /x/hello", "hello $W", "EOF"]),
  build("inline files", [from, "COPY <<ONE <<'TWO' /x/", "one", "ONE", "two $W", "TWO"]),
  build("inline chmod", [from, "COPY --chmod=755 --chown=1:2 <<EOF /s", "#!/bin/sh", "EOF"]),
  // Stages
  build("copy from stage", [
    `FROM ${base} AS a`,
    "RUN mkdir /o && echo x > /o/f && chown 3:4 /o/f && chmod 640 /o/f && ln -s f /o/l && ln /o/f /o/h",
    from,
    "COPY --from=a /o /p",
    "COPY --from=0 /o/f /q",
  ]),
  build("copy from stage to scratch", [
    `FROM ${base} AS a`,
    "RUN echo x > /x",
    "FROM scratch",
    "COPY --from=a /x /bin/busybox /b/",
  ]),
  build("from stage", [`FROM ${base} AS a`, "ENV A=1", "RUN echo a > /a", "FROM a AS b", "RUN echo $A > /b"]),
  build("target", [`FROM ${base} AS a`, "RUN echo a > /a", "FROM a", "RUN exit 1"], {
    flags: ["--target", "a"],
  }),
  build("unused stage", [`FROM ${base} AS bad`, "RUN exit 1", from, "RUN true"]),
  build("stage names ignore case", [`FROM ${base} AS One`, "RUN echo 1 > /1", from, "COPY --from=ONE /1 /2"]),
  // Running
  build("run exec form", [from, 'RUN ["/bin/sh", "-c", "echo $0 > /x", "zero"]']),
  build("run heredoc", [from, "RUN <<EOF", "echo one > /x", "echo two >> /x", "EOF"]),
  build("run script heredoc", [from, "RUN <<EOF", "#!/bin/busybox sh", "echo script > /x", "EOF"]),
  build("run removes", [from, "RUN mkdir -p /d/e && touch /d/e/f", "RUN rm -r /d/e", "RUN rm /bin/yes"]),
  build("run replaces directory", [
    from,
    "RUN mkdir /d && touch /d/old",
    "RUN rm -r /d && mkdir /d && touch /d/new",
  ]),
  build("run special files", [
    from,
    "RUN mkfifo /p && mknod /n c 1 3 && ln -s nowhere /s && chmod 4755 /bin/busybox",
  ]),
  build(
    "run mounts leave nothing",
    [
      from,
      "RUN --mount=type=bind,target=/m/n --mount=type=tmpfs,target=/t --mount=type=cache,target=/c touch /m/x /c/y",
    ],
    withTree,
  ),
  build("run bind from", [
    `FROM ${base} AS a`,
    "RUN echo x > /x",
    from,
    "RUN --mount=type=bind,from=a,source=/x,target=/y cat /y > /z",
  ]),
  build(
    "run writable bind",
    [from, "RUN --mount=type=bind,target=/m,rw echo w > /m/a.txt && cp /m/a.txt /kept"],
    withTree,
  ),
  build("run secret absent", [from, "RUN --mount=type=secret,id=none ls /run/secrets > /l 2>&1 || true"]),
  build("run environment", [from, "ENV A=1", "RUN env | grep -v SHLVL | sort > /e"]),
  build("run network none", [from, "RUN --network=none cat /proc/net/dev | grep -c : > /n"]),
  build("run as user in workdir", [
    from,
    "WORKDIR /tmp/w",
    "RUN chown nobody .",
    "USER nobody",
    "RUN echo $HOME > f",
  ]),
  build("continuations and comments", [from, "# one", "RUN echo a \\", "  # inside", "  && echo b > /b"]),
  build("escape directive", ["# escape=`", from, "RUN echo a `", " > /a", "ENV P=c:\\x"]),
  // Adding
  build("add file", [from, "ADD a.txt /x/"], withTree),
  build("add directory", [from, "ADD sub /x"], withTree),
];
