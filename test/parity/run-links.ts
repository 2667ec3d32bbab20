import { type ParityCase, same } from "./case.ts";

/** `--link` on the default bridge. Links are told in no order by dockerd. */
export const linkCases: ParityCase[] = [
  same(
    "--link: hosts and environment",
    `docker run -d --name $N-db -e SECRET=x -e A=b --expose 5432-5434 --expose 53/udp --hostname dbhost $IMAGE sleep 1000 >/dev/null; addr=$(docker inspect -f '{{.NetworkSettings.IPAddress}}' $N-db); docker run --rm --link $N-db:my-db --link $N-db $IMAGE sh -c 'grep dbhost /etc/hosts | sort; env | sort' | sed "s/$addr/<address>/g" | grep -v HOSTNAME | sed 's,_NAME=/.*/,_NAME=/<linker>/,; s/^GT_[0-9A-F]*_[0-9]*_DB/NAME/'`,
  ),
  same(
    "--link: what inspect and ps show, and names of links",
    `docker run -d --name $N-db $IMAGE sleep 1000 >/dev/null; docker create --name $N --link $N-db:db $IMAGE true >/dev/null; docker inspect -f '{{json .HostConfig.Links}} {{json .NetworkSettings.Networks.bridge.Links}}' $N; docker inspect -f '{{.Name}}' $N/db /$N/db; docker ps --filter name=$N-db --format '{{.Names}}'; docker ps --no-trunc --filter name=$N-db --format '{{.Names}}'; docker rename $N-db $N-db2; docker inspect -f '{{json .HostConfig.Links}}' $N; docker rename $N $N-w; docker inspect -f '{{json .HostConfig.Links}}' $N-w; docker inspect -f '{{.Name}}' $N-w/db`,
  ),
  same(
    "--link: errors",
    `docker run --rm --link nosuch-$N $IMAGE true; docker create --link a:b:c $IMAGE true; docker create --link :x $IMAGE true; docker create --name $N-off $IMAGE true >/dev/null; docker create --name $N --link $N-off:o $IMAGE true >/dev/null; docker start $N; docker restart $N; docker inspect -f '{{.State.Error}} {{.State.ExitCode}}' $N; docker create --net host --link $N-off $IMAGE true; docker create --net container:$N-off --link $N-off $IMAGE true; docker create --name $N-host --net host $IMAGE true >/dev/null; docker create --link $N-host $IMAGE true; docker run -d --name $N-none --net none $IMAGE sleep 1000 >/dev/null; docker run --name $N-x --link $N-none:n $IMAGE true; docker run --rm --net none --link $N-off $IMAGE echo none; docker rm -f $N-none >/dev/null`,
  ),
  same(
    "--link: two of one alias",
    `docker create --name $N-a $IMAGE true >/dev/null; docker create --name $N-b $IMAGE true >/dev/null; docker create --name $N --link $N-a:x --link $N-b:x $IMAGE true >/dev/null; docker inspect -f '{{json .HostConfig.Links}}' $N`,
  ),
  same(
    "rm --link",
    `docker run -d --name $N-db $IMAGE sleep 1000 >/dev/null; docker run -d --name $N --link $N-db:db $IMAGE sleep 1000 >/dev/null; docker rm --link $N/nosuch; docker rm --link $N; docker rm --link nosuch-$N/db; docker rm --link $N/db; docker inspect -f '{{json .HostConfig.Links}}' $N; docker exec $N grep -c $N-db /etc/hosts; docker rm --link $N/db; docker restart -t 0 $N; docker exec $N env | grep -c DB_`,
  ),
];
