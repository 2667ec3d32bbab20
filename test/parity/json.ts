import { type ParityCase, sameFields, sameJson } from "./case.ts";

const flags = [
  "-e A=1 -l a=b -w /tmp -u 1:2 --hostname h --domainname d --add-host a:1.1.1.1 --dns 9.9.9.9 --dns-search s --dns-option o",
  "-m 64m --memory-reservation 32m --cpus 0.5 --cpuset-cpus 0 --pids-limit 9 --ulimit nofile=1000:2000 --shm-size 8m --oom-score-adj 7",
  "--cap-add NET_ADMIN --cap-drop MKNOD --security-opt no-new-privileges --device /dev/null:/dev/n:r --sysctl net.core.somaxconn=9",
  "--group-add users --read-only --tmpfs /t:size=1m --init --restart on-failure:2 --stop-signal USR1 --stop-timeout 3",
  "-v $DIR:/b:ro -p 127.0.0.1::80 --expose 90/udp --ipc shareable",
  "--health-cmd true --health-interval 1h --health-retries 2 --log-driver json-file --log-opt max-size=1m --entrypoint sleep",
].join(" ");

/** Whole documents of `inspect`, `ps` and `events`, a line for each value. */
export const jsonCases: ParityCase[] = [
  sameJson(
    "inspect of a created container",
    `docker create --name $N --log-driver json-file $IMAGE >/dev/null; docker inspect $N`,
  ),
  sameJson(
    "inspect of a created container with every kind of flag",
    `docker create --name $N ${flags} $IMAGE 100 >/dev/null; docker inspect $N`,
  ),
  sameJson(
    "inspect of a running container",
    `docker run -d --name $N ${flags} $IMAGE 100 >/dev/null; docker inspect $N`,
  ),
  sameJson(
    "inspect of an ended container",
    `docker run --name $N --log-driver json-file -t $IMAGE sh -c 'exit 3'; docker inspect -s $N`,
  ),
  sameJson(
    "inspect without network, with the host's namespaces",
    `docker create --name $N --log-driver json-file --network none --privileged --pid host --uts host --cgroupns host $IMAGE >/dev/null; docker create --name $N-h --log-driver json-file --network host --ipc host $IMAGE >/dev/null; docker inspect $N $N-h`,
  ),
  // dockerd tells mounts in no order.
  sameJson(
    "inspect of mounts",
    `docker create --name $N -v $DIR:/b:ro -v $N:/v -v /anonymous --mount type=tmpfs,dst=/mt,tmpfs-size=1m --mount type=bind,src=$DIR,dst=/c,bind-propagation=rslave --volume-driver local $IMAGE >/dev/null; docker inspect -f '{{range .Mounts}}{{json .}}{{println}}{{end}}' $N | sort; docker inspect -f '{{json .HostConfig.Mounts}}' $N`,
  ),
  sameJson(
    "inspect of volumes",
    `docker volume create $N >/dev/null; docker volume create -l a=b -o type=tmpfs -o device=tmpfs $N-o >/dev/null; docker volume inspect $N $N-o; docker volume ls --filter name=$N --format json`,
  ),
  sameJson(
    "inspect of networks",
    `docker network inspect none host; docker network inspect -f '{{json .IPAM.Options}} {{.Driver}} {{.Scope}} {{.Internal}}' bridge`,
    { alone: true },
  ),
  sameJson(
    "inspect of an image",
    `docker create --name $N $IMAGE >/dev/null; docker export $N | docker import -m said -c 'CMD ["a"]' -c 'ENV B=c' -c 'EXPOSE 80' -c 'VOLUME /v' -c 'LABEL d=e' -c 'USER 1' -c 'WORKDIR /w' -c 'HEALTHCHECK --retries=2 CMD true' -c 'STOPSIGNAL INT' -c 'ENTRYPOINT ["e"]' -c 'ONBUILD RUN f' - $N:t >/dev/null; docker image inspect $N:t; docker rmi $N:t >/dev/null`,
  ),
  sameJson(
    "inspect of a committed image",
    `docker create --name $N -e B=c -l d=e --entrypoint e $IMAGE f >/dev/null; docker commit -a me -m said -c 'ENV G=h' -c 'EXPOSE 80' $N $N:t >/dev/null; docker image inspect $N:t; docker rmi $N:t >/dev/null`,
  ),
  // Which runtimes there are is the machine's.
  sameFields("info", `api GET /info | sed -E 's/"Runtimes":\\{.*\\},"DefaultRuntime"/"DefaultRuntime"/'`, {
    machine: true,
  }),
  sameFields("version", "api GET /version"),
  sameJson(
    "ps",
    `docker create --name $N -l a=b -p 127.0.0.1:0:80 -v $DIR:/b -v $N:/v $IMAGE sh -c 'a "b"' >/dev/null; docker ps -a --filter name=$N --format json | sed 's/gt-..…/gt-…/'; docker ps -a --filter name=$N --no-trunc --format '{{json .Mounts}} {{json .Command}}'; docker ps -a --filter label=a=b --filter name=$N --filter status=created -q --no-trunc; for f in status=nosuch nosuch=1 name exited=x health=nosuch before=nosuch-$N volume=$N ancestor=nosuch; do docker ps -aq --filter $f --filter name=$N | wc -l; done`,
  ),
  sameJson(
    "events",
    `from=$(date +%s); docker run --name $N -l a=b -v $N:/v $IMAGE sh -c 'exit 3'; docker rename $N $N-2; docker start -a $N-2; docker rm -v $N-2 >/dev/null; docker volume rm $N >/dev/null; docker events --since $from --until $(($(date +%s)+1)) --filter container=$N --filter container=$N-2 --filter volume=$N --format '{{.Type}} {{.Action}} {{.Scope}} {{json .Actor.Attributes}}' | sed 's/"execDuration":"[0-9]*"/"execDuration":"n"/' | sort`,
  ),
];
