import { type ParityCase, same } from "./case.ts";

/** Restart policies, stopping, names and files of `docker run`, and the verbs on containers in every state. */
export const lifecycleCases: ParityCase[] = [
  same(
    "--restart on-failure:N",
    `docker run -d --name $N --restart on-failure:2 $IMAGE sh -c 'echo run; exit 3' >/dev/null; for i in $(seq 100); do [ "$(docker inspect -f '{{.State.Status}}' $N)" = exited ] && break; sleep 0.1; done; docker inspect -f '{{.RestartCount}} {{.State.Status}} {{.State.ExitCode}} {{.State.Restarting}}' $N; docker logs $N`,
  ),
  same(
    "--restart on-failure of success, no",
    `docker run --name $N --restart on-failure $IMAGE true; docker run --name $N-n --restart no $IMAGE false; docker inspect -f '{{.RestartCount}} {{.State.Status}} {{json .HostConfig.RestartPolicy}}' $N $N-n`,
  ),
  same(
    "--restart always, stop and kill",
    `docker run -d --name $N --restart always $IMAGE sh -c 'trap "exit 3" TERM; while :; do sleep 0.1; done' >/dev/null; docker stop $N; docker inspect -f '{{.RestartCount}} {{.State.Status}} {{.State.ExitCode}}' $N; docker start $N; docker kill $N; docker inspect -f '{{.RestartCount}} {{.State.Status}} {{.State.ExitCode}}' $N`,
  ),
  same(
    "--restart wrong",
    `for p in nosuch always:3 on-failure:-1 on-failure:x no:1 unless-stopped:2; do docker run --rm --restart $p $IMAGE true; docker create --name $N --restart $p $IMAGE true | wc -c; done; docker run --rm --restart always $IMAGE true; docker run --rm --restart no $IMAGE true`,
  ),
  same(
    "--stop-signal, --stop-timeout",
    `docker run -d --name $N --stop-signal USR1 $IMAGE sh -c 'trap "echo usr1; exit 5" USR1; while :; do sleep 0.1; done' >/dev/null; sleep 0.3; docker stop $N; docker inspect -f '{{.State.ExitCode}} {{.Config.StopSignal}}' $N; docker logs $N; docker run -d --name $N-2 --stop-timeout 1 $IMAGE sleep 100 >/dev/null; docker stop $N-2; docker inspect -f '{{.State.ExitCode}} {{.Config.StopTimeout}}' $N-2; for s in NOSUCH 0 99 SIGRTMIN+3 15 sigterm; do echo $s; docker run --rm --stop-signal $s $IMAGE true; done`,
  ),
  same(
    "kill",
    `docker run -d --name $N $IMAGE sh -c 'trap "echo hup" HUP; while :; do sleep 0.1; done' > /dev/null; sleep 0.3; docker kill -s HUP $N; docker kill -s 1 $N; docker kill -s NOSUCH $N; docker kill -s 0 $N; docker kill -s 65 $N; docker kill -s -1 $N; sleep 0.3; docker kill $N; docker inspect -f '{{.State.ExitCode}} {{.State.Status}}' $N; docker kill $N; docker logs $N | sort -u`,
  ),
  same(
    "--name forms",
    `for n in a -x _x .x 'a b' a/b /$N é $(printf "$N%.0s" $(seq 20)) "$N.d-_1" ''; do docker create -l n=$N --name "$n" $IMAGE >/dev/null; done; docker rm -f $(docker ps -aqf label=n=$N) | wc -l; docker create --name $N $IMAGE > /dev/null; docker create --name $N $IMAGE; docker run --name $N $IMAGE true; docker ps -a --filter name=$N --format '{{.Names}}'`,
  ),
  same(
    "generated names",
    `docker create --label $N $IMAGE >/dev/null; docker ps -a --filter label=$N --format '{{.Names}}' | grep -c '^[a-z]*_[a-z0-9]*$'; docker rm -f $(docker ps -aq --filter label=$N) | wc -l`,
  ),
  same(
    "labels",
    `printf 'a=1\\n# no\\nb\\nc=x=y\\n' > l; docker create --name $N -l z=9 --label a=2 --label-file l $IMAGE >/dev/null; docker inspect -f '{{json .Config.Labels}}' $N; docker create --label-file nosuch $IMAGE; docker create --label =x $IMAGE; docker create --label '' --name $N-e $IMAGE | wc -c`,
  ),
  same(
    "--cidfile",
    `docker run --rm --name $N --cidfile c $IMAGE true; wc -c < c; docker run --rm --cidfile c $IMAGE true; docker run --rm --cidfile no/dir $IMAGE true; docker run --rm --pull never --cidfile d nosuch-image-$N true; ls d`,
  ),
  same(
    "--platform",
    `docker run --rm --platform linux/amd64 $IMAGE true; docker run --rm --platform linux $IMAGE true; docker run --rm --pull never --platform linux/arm64 $IMAGE true; docker run --rm --platform nosuch/x/y/z $IMAGE true; docker run --rm --platform windows/amd64 --pull never $IMAGE true; docker run --rm --platform '!' $IMAGE true`,
  ),
  same(
    "--pull",
    `docker run --rm --pull never $IMAGE echo a; docker run --rm --pull never nosuch-$N true; docker run --rm --pull nosuch $IMAGE true; docker run --rm --quiet $IMAGE echo q; docker run --rm --pull missing $IMAGE echo m`,
  ),
  same("--runtime", `docker run --rm --runtime nosuch $IMAGE true`),
  same(
    "--log-driver",
    `docker run --name $N --log-driver none $IMAGE echo out; docker logs $N; docker run --name $N-j --log-driver json-file --log-opt max-size=1m --log-opt max-file=2 --log-opt tag=x $IMAGE echo out; docker logs $N-j; docker inspect -f '{{json .HostConfig.LogConfig}}' $N $N-j; docker run --rm --log-driver nosuch $IMAGE true; docker run --rm --log-driver json-file --log-opt nosuch=1 $IMAGE true; docker run --rm --log-driver json-file --log-opt max-size=x $IMAGE true; docker run --rm --log-driver json-file --log-opt max-file=0 $IMAGE true; docker run --rm --log-driver json-file --log-opt max-size $IMAGE true; docker run --rm --log-driver local $IMAGE echo l; docker run --rm --log-driver json-file --log-opt mode=x $IMAGE true;  docker run --rm --log-driver json-file --log-opt max-file=3 $IMAGE true`,
  ),
  same(
    "-P and -p",
    `docker run -d --name $N -P --expose 80 --expose 90/udp --expose 100-101 $IMAGE sleep 100 > /dev/null; docker port $N | sed 's/:[0-9]*$/:P/' | sort; docker port $N 80 | sed 's/:[0-9]*$/:P/'; docker port $N 81; docker port $N 90; docker port $N 90/udp | sed 's/:[0-9]*$/:P/'; docker port $N x; docker inspect -f '{{json .Config.ExposedPorts}} {{.HostConfig.PublishAllPorts}}' $N; docker inspect -f '{{range $p, $b := .NetworkSettings.Ports}}{{$p}} {{len $b}} {{end}}' $N; docker rm -f $N >/dev/null; docker port $N`,
  ),
  same(
    "-p wrong",
    `for p in x 70000 80:x 1.2.3.4.5:80:80 80-70:80 80-82:80-81 80/nosuch :80: 80:80:80 0:99999 ::80 256.1.1.1:80:80 -1:80 a:b 80:80/tcp/udp; do docker run --rm -p $p $IMAGE true; done; docker run --rm --expose x $IMAGE true; docker run --rm --expose 80/x $IMAGE true; docker run --rm --expose 90-80 $IMAGE true`,
  ),
  same(
    "created",
    `docker create --name $N $IMAGE sh -c 'exit 4'; docker stop $N; docker kill $N; docker pause $N; docker unpause $N; docker exec $N true; docker attach $N; docker logs $N; docker top $N; docker port $N; docker rename $N $N-r; docker restart -t 0 $N-r; docker wait $N-r; docker start -a $N-r; docker rm $N-r`,
  ),
  same(
    "running",
    `docker run -d --name $N $IMAGE sleep 100 >/dev/null; docker start $N; docker rm $N; docker unpause $N; docker rename $N $N; docker rename $N 'a b'; docker rename $N ''; docker create --name $N-2 $IMAGE >/dev/null; docker rename $N $N-2; docker rename nosuch-$N x; docker rename $N $N-n; docker restart -t 0 $N-n; docker stop -t 0 $N-n $N-n nosuch-$N; docker rm $N-n $N-2`,
  ),
  same(
    "paused",
    `docker run -d --name $N $IMAGE sleep 100 >/dev/null; docker pause $N; docker pause $N; docker exec $N true; docker start $N; docker ps --filter name=$N --format '{{.Status}}' | sed 's/.*(/(/'; docker inspect -f '{{.State.Status}} {{.State.Running}} {{.State.Paused}}' $N; docker top $N -o args; docker rename $N $N-p; docker rm $N-p; docker restart -t 0 $N-p; docker inspect -f '{{.State.Status}}' $N-p; docker pause $N-p; docker stop -t 0 $N-p; docker inspect -f '{{.State.Status}} {{.State.Paused}} {{.State.ExitCode}}' $N-p; docker start $N-p; docker pause $N-p; docker rm -f $N-p`,
  ),
  same(
    "exited",
    `docker run --name $N $IMAGE sh -c 'exit 6'; docker stop $N; docker kill $N; docker pause $N; docker unpause $N; docker exec $N true; docker attach $N; docker top $N; docker wait $N; docker start -a $N; docker start $N; docker wait $N; docker restart $N; docker wait $N; docker rm $N; docker rm $N`,
  ),
  same(
    "no such container",
    `for v in start stop kill rm 'rm -f' pause unpause restart wait logs attach top port inspect 'container inspect' diff export stats update 'stats --no-stream'; do echo "$v"; docker $v nosuch-$N; done; docker exec nosuch-$N true; docker cp nosuch-$N:/x .; docker commit nosuch-$N; docker update -m 10m nosuch-$N`,
  ),
  same(
    "exec",
    `docker run -d --name $N -e A=1 -w /etc --hostname h $IMAGE sleep 100 >/dev/null; docker exec $N pwd; docker exec -w /tmp $N pwd; docker exec -w /nosuch $N pwd; docker exec -u nobody $N id; docker exec -u nosuch $N id; docker exec -u 5:6 $N id; docker exec -e B=2 -e A=3 $N env; docker exec $N nosuch; docker exec $N /etc; docker exec $N /etc/passwd; docker exec $N sh -c 'exit 9'; docker exec $N sh -c 'kill -9 $$'; docker exec -d $N touch /tmp/d; echo in | docker exec -i $N cat; docker exec --privileged $N grep CapEff /proc/self/status; docker exec $N grep -E '^(Cap|Secc|NoNew)' /proc/self/status; docker exec -t $N tty; docker exec $N ls -l /proc/self/fd | wc -l; printf 'X=1\\n' > e; docker exec --env-file e $N sh -c 'echo $X'; docker exec $N; docker exec -w rel $N pwd; docker exec $N ''; docker exec $N cat /proc/self/oom_score_adj; docker exec $N sh -c 'ulimit -n'`,
  ),
  same(
    "run wrong",
    `docker run --rm $IMAGE nosuch; docker run --rm $IMAGE /nosuch; docker run --rm $IMAGE /etc; docker run --rm $IMAGE /etc/passwd; docker run --rm $IMAGE ./x; docker run --rm $IMAGE ''; docker run --rm --entrypoint nosuch $IMAGE a b; docker run --rm -w /tmp $IMAGE ./nosuch; printf '#!/nosuch\\n' > s; chmod +x s; docker run --rm -v $DIR/s:/s $IMAGE /s; echo text > t; chmod +x t; docker run --rm -v $DIR/t:/t $IMAGE /t; docker run --rm -u nobody -v $DIR/u:/u $IMAGE /u/x; docker run --rm -e PATH=/x $IMAGE sh; docker run -d --name $N $IMAGE nosuch; docker inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.State.Error}}' $N`,
  ),
  same(
    "image names wrong",
    `for i in Upper 'a b' nosuch-$N:x:y @sha256:x nosuch-$N@sha256:0 '' :x ./nosuch-$N; do docker run --rm --pull never "$i" true; docker create --pull never "$i"; docker image inspect "$i"; docker rmi "$i"; done`,
  ),
  same(
    "wait",
    `docker run -d --name $N $IMAGE sh -c 'sleep 0.3; exit 5' >/dev/null; docker wait $N; docker run -d --name $N-r --rm $IMAGE sh -c 'sleep 2; exit 6' > /dev/null; docker wait $N-r; docker wait $N nosuch-$N`,
  ),
  same(
    "attach",
    `docker run -d --name $N $IMAGE sh -c 'sleep 0.5; echo a; echo b >&2; exit 3' >/dev/null; docker attach --no-stdin $N; docker create -i --name $N-i $IMAGE cat >/dev/null; docker start $N-i; echo x | docker attach $N-i; docker wait $N-i; docker logs $N-i`,
  ),
  same(
    "start -a -i",
    `docker create -i --name $N $IMAGE cat > /dev/null; echo one | docker start -ai $N; echo two | docker start -i $N; docker logs $N; docker create --name $N-2 $IMAGE sh -c 'exit 4' >/dev/null; docker start -a $N $N-2; docker start $N-2 nosuch-$N`,
  ),
  same(
    "rm",
    `docker create --name $N-1 $IMAGE >/dev/null; docker create --name $N-2 $IMAGE >/dev/null; docker rm $N-1 nosuch-$N $N-2; docker rm -f nosuch-$N; docker rm -l $N; docker rm`,
  ),
  same(
    "update",
    `docker run -d --name $N $IMAGE sleep 100 >/dev/null; docker update -m 32m --memory-swap 64m --cpus 0.5 --pids-limit 9 --restart on-failure:3 $N; docker exec $N cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/pids/pids.max; docker inspect -f '{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{json .HostConfig.RestartPolicy}} {{.HostConfig.PidsLimit}}' $N; docker update -m 1m $N; docker update --cpus 99 $N; docker update --restart nosuch $N; docker update $N`,
    { machine: true },
  ),
  same(
    "commit",
    `docker run --name $N $IMAGE sh -c 'echo x > /y'; docker commit -m hi -a me -c 'CMD ["cat","/y"]' $N $N:img | cut -c1-7; docker run --rm $N:img; docker image inspect -f '{{.Comment}} {{.Author}} {{json .Config.Cmd}}' $N:img; docker commit -c 'NOSUCH x' $N; docker rmi $N:img | grep -c .`,
  ),
  same(
    "events of a commit",
    `from=$(date +%s); docker run --name $N -l k=v $IMAGE true; docker commit -m hi $N $N:img >/dev/null; docker commit $N >$DIR/id; docker events --since $from --until $(($(date +%s)+1)) --filter type=image --filter label=k=v --format '{{.Action}} {{json .Actor.Attributes}}' | sed 's/sha256:[0-9a-f]*/<id>/'; docker rmi $N:img $(cat $DIR/id) | grep -c .`,
    { alone: true },
  ),
  same(
    "what inspect shows of a start that failed, and after an end",
    `docker create --name $N --log-driver json-file $IMAGE nosuch >/dev/null; docker start $N; docker inspect -f '{{range $n, $e := .NetworkSettings.Networks}}{{$n}} {{len $e.NetworkID}}{{end}} {{eq .HostnamePath ""}} {{eq .ResolvConfPath ""}} {{eq .HostsPath ""}} {{eq .LogPath ""}}' $N; for net in bridge none host; do docker run --name $N-$net --net $net $IMAGE true; docker inspect -f '{{range $n, $e := .NetworkSettings.Networks}}{{$n}} {{len $e.NetworkID}} {{len $e.EndpointID}}{{end}} {{json .NetworkSettings.Ports}}' $N-$net; done`,
  ),
  same(
    "a working directory that cannot be",
    `docker create -w /etc/passwd $IMAGE true; docker run --rm -w /etc/passwd $IMAGE true; docker create -w rel $IMAGE true; docker create --name $N -w /new/er $IMAGE true | cut -c65-; docker diff $N; docker create --name $N-v -v $N:/v -w /v/in $IMAGE true | cut -c65-; docker diff $N-v; docker start -a $N-v; docker run --rm -v $N:/v $IMAGE ls /v; docker rm $N-v; docker volume rm $N`,
  ),
];
