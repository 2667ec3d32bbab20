import { type ParityCase, same } from "./case.ts";

/** `docker run`: mounts, volumes, the root file system. */
export const storageCases: ParityCase[] = [
  same(
    "bind",
    `echo host > $DIR/f; docker run --rm -v $DIR:/m $IMAGE sh -c 'cat /m/f; echo in > /m/g; grep " /m " /proc/mounts | cut -d" " -f2-4'; cat g; stat -c '%u %g %a' g`,
  ),
  same(
    "bind modes",
    `for m in ro rw ro,z Z rshared rslave rprivate shared slave private ro,rslave rbind bind nocopy consistent delegated,ro ''; do echo "$m"; docker run --rm -v "$DIR:/m:$m" $IMAGE sh -c 'touch /m/x && echo wrote; grep " /m " /proc/self/mountinfo | grep -o "shared\\|master"'; done`,
  ),
  same(
    "bind modes wrong",
    `for m in rx ro,rw nosuch rshared,rslave volume-nocopy 'ro ro' ro:ro; do docker run --rm -v "$DIR:/m:$m" $IMAGE true; done`,
  ),
  same(
    "-v forms",
    `for v in /only rel:/m /: /:/ $DIR:rel $DIR:/ :/m a:b:c:d "" $DIR: name-$N:/m:ro ./x:/m $DIR:/m/../n . / bad+name:/m a:/m _x:/m; do echo "$v"; docker run --rm -v "$v" $IMAGE true; done; docker volume rm -f name-$N rel >/dev/null`,
  ),
  same(
    "bind of a file",
    `echo x > f; docker run --rm -v $DIR/f:/etc/passwd $IMAGE cat /etc/passwd; docker run --rm -v $DIR/f:/etc $IMAGE true; docker run --rm -v $DIR:/etc/passwd $IMAGE true; docker run --rm -v $DIR/f:/new/file $IMAGE cat /new/file`,
  ),
  same(
    "bind source is made",
    `docker run --rm -v $DIR/new/deep:/m $IMAGE ls -ld /m | cut -c1-10; ls -d new/deep; docker run --rm --mount type=bind,src=$DIR/missing,dst=/m $IMAGE true; docker run --rm --mount type=bind,src=$DIR/made,dst=/m,bind-create-src=true $IMAGE ls -d /m`,
  ),
  same(
    "bind over what the engine makes",
    `echo 9.9.9.9 > r; docker run --rm -v $DIR/r:/etc/resolv.conf -v $DIR/r:/etc/hosts -v $DIR/r:/etc/hostname $IMAGE sh -c 'cat /etc/resolv.conf /etc/hosts /etc/hostname'; docker run --rm -v $DIR:/dev/shm $IMAGE ls /dev/shm; docker run --rm -v $DIR:/proc $IMAGE true; docker run --rm -v $DIR:/proc/x $IMAGE true; docker run --rm -v $DIR:/sys $IMAGE ls /sys; docker run --rm -v $DIR:/dev $IMAGE ls /dev`,
  ),
  same(
    "--mount bind",
    `echo x > f; docker run --rm --mount type=bind,source=$DIR,target=/m,readonly $IMAGE sh -c 'cat /m/f; touch /m/y'; docker run --rm --mount type=bind,src=$DIR,dst=/m,bind-propagation=rslave,readonly=false $IMAGE touch /m/z; docker run --rm --mount type=bind,src=$DIR,dst=/m,bind-recursive=disabled $IMAGE ls /m; docker run --rm --mount type=bind,src=$DIR,dst=/m,bind-recursive=readonly,readonly,bind-propagation=rprivate $IMAGE touch /m/q`,
  ),
  same(
    "--mount wrong",
    `for m in '' type=bind type=nosuch,dst=/m dst=/m,src=a,src=b type=bind,src=rel,dst=/m type=bind,src=$DIR type=bind,src=$DIR,dst=rel type=bind,src=$DIR,dst=/ type=bind,dst=/m type=tmpfs,src=x,dst=/m type=tmpfs type=volume,src=$DIR,dst=/m type=bind,src=$DIR,dst=/m,volume-nocopy type=volume,dst=/m,bind-propagation=rslave type=tmpfs,dst=/m,tmpfs-size=x type=tmpfs,dst=/m,tmpfs-mode=9 type=bind,src=$DIR,dst=/m,nosuch=1 type=bind,src=$DIR,dst=/m,readonly=maybe type=volume,src=bad/name,dst=/m type=volume,dst=/m,volume-driver=nosuch,src=x-$N type=npipe,src=a,dst=/m type=cluster,src=a,dst=/m type=bind,src=$DIR,dst=/m,bind-propagation=x nosuch; do echo "$m"; docker run --rm --pull never --mount "$m" $IMAGE true; done`,
  ),
  same(
    "same target twice",
    `for f in "-v $DIR:/m -v $DIR:/m" "-v $DIR:/m --tmpfs /m" "-v $DIR:/m --mount type=tmpfs,dst=/m" "--tmpfs /m --mount type=tmpfs,dst=/m" "-v a-$N:/m -v b-$N:/m" "-v $DIR:/m -v $DIR:/m/" "-v /m -v $DIR:/m"; do docker run --rm $f $IMAGE grep -c ' /m ' /proc/mounts; done; docker volume rm -f a-$N b-$N >/dev/null`,
  ),
  same(
    "--tmpfs",
    `for t in /m /m:size=1m /m:rw,noexec,size=64k,mode=700 /m:uid=5,gid=6,mode=1770 /m:ro /m:exec,suid,dev /m:nr_inodes=10 /m:noatime /m:rw,rw; do docker run --rm --tmpfs $t $IMAGE sh -c 'grep " /m " /proc/mounts; stat -c "%u %g %a" /m'; done`,
  ),
  same(
    "--tmpfs wrong",
    `for t in m / /m:nosuch /m:size=x /m:size=1m,size=x '' /m:ro,rw /m:mode=999 /m:lowerdir=/; do docker run --rm --tmpfs "$t" $IMAGE true; done`,
  ),
  same(
    "--mount tmpfs",
    `docker run --rm --mount type=tmpfs,dst=/m,tmpfs-size=2m,tmpfs-mode=0750 $IMAGE sh -c 'grep " /m " /proc/mounts; stat -c %a /m'; docker run --rm --mount type=tmpfs,dst=/m,ro $IMAGE touch /m/x; docker run --rm --mount type=tmpfs,dst=/m $IMAGE grep ' /m ' /proc/mounts`,
  ),
  same(
    "tmpfs over files of the image",
    `docker run --rm --tmpfs /etc $IMAGE ls /etc; docker run --rm --mount type=tmpfs,dst=/etc $IMAGE ls /etc; docker run --rm --tmpfs /root $IMAGE stat -c %a /root; docker run --rm --tmpfs /run --tmpfs /tmp $IMAGE stat -c %a /run /tmp`,
  ),
  same(
    "named volume",
    `docker run --rm -v $N:/data $IMAGE sh -c 'echo one > /data/f'; docker run --rm --mount src=$N,dst=/d $IMAGE cat /d/f; docker run --rm -v $N:/d:ro $IMAGE touch /d/x; docker volume ls -q --filter name=$N; docker volume rm $N; docker volume rm $N`,
  ),
  same(
    "volume in use",
    `docker run -d --name $N -v $N:/d $IMAGE sleep 100 >/dev/null; docker volume rm $N 2>&1; docker volume rm -f $N 2>&1; docker rm -f $N; docker volume ls -q -f name=$N; docker volume rm $N`,
  ),
  same(
    "copy-up",
    `docker run --rm -v $N:/etc $IMAGE sh -c 'ls /etc; stat -c "%u %g %a" /etc'; docker run --rm -v $N:/x $IMAGE ls /x; docker run --rm -v $N-n:/etc:nocopy $IMAGE ls /etc; docker run --rm --mount src=$N-m,dst=/tmp,volume-nocopy $IMAGE stat -c %a /tmp; docker run --rm -v $N-t:/tmp $IMAGE stat -c '%a' /tmp; docker run --rm --mount src=$N,dst=/s,volume-subpath=passwd $IMAGE head -1 /s; docker run --rm --mount src=$N,dst=/s,volume-subpath=../.. $IMAGE true; docker run --rm --mount src=$N,dst=/s,volume-subpath=nosuch $IMAGE true; docker volume rm $N $N-n $N-m $N-t`,
  ),
  same(
    "anonymous volumes and --rm",
    `docker run --name $N -v /a -v $N-k:/k $IMAGE true; v=$(docker inspect -f '{{range .Mounts}}{{if eq .Destination "/a"}}{{.Name}}{{end}}{{end}}' $N); docker volume inspect -f '{{.Driver}} {{json .Labels}} {{.Scope}}' $v; docker rm $N; docker volume ls -q | grep -c $v; docker volume rm $v > /dev/null; docker run --rm -v /a --name $N $IMAGE sh -c 'grep " /a " /proc/mounts | cut -d" " -f2,3'; docker run --name $N -v /a $IMAGE true; v=$(docker inspect -f '{{(index .Mounts 0).Name}}' $N); docker rm -v $N; docker volume ls -q | grep -c $v; docker volume rm $N-k`,
  ),
  same(
    "--volumes-from",
    `docker create --name $N -v /a -v $DIR:/b:ro -v $N:/c $IMAGE true >/dev/null; for f in $N $N:ro $N:rw $N:x nosuch-$N :ro ''; do echo "[$f]"; docker run --rm --volumes-from "$f" $IMAGE sh -c 'for m in a b c; do touch /$m/x && echo $m; done'; done; docker run --rm --volumes-from $N -v $DIR:/a $IMAGE ls /a; docker run --rm --volumes-from $N --volumes-from $N $IMAGE grep -c ' /[abc] ' /proc/mounts; docker rm -v $N; docker volume rm $N`,
  ),
  same(
    "--volume-driver",
    `docker run --rm --pull never --volume-driver nosuch -v $N:/x $IMAGE true; docker run --rm --volume-driver local -v $N:/x $IMAGE true; docker volume rm $N`,
  ),
  same(
    "--read-only",
    `docker run --rm --read-only $IMAGE touch /x; docker run --rm --read-only --tmpfs /tmp -v $N:/v $IMAGE sh -c 'touch /tmp/a /v/b /dev/shm/c && echo ok; touch /dev/x; touch /etc/hosts; touch /new'; docker run --rm --read-only $IMAGE sh -c 'cut -d" " -f2,4 /proc/mounts | cut -d, -f1 | grep -v cgroup | sort'; docker volume rm $N; docker run --rm --read-only --privileged $IMAGE touch /x`,
    { machine: true },
  ),
  same(
    "volume create",
    `docker volume create $N; docker volume create $N; docker volume create --label a=b --label c $N-l; docker volume inspect -f '{{json .Labels}} {{json .Options}} {{.Driver}}' $N $N-l; docker volume create --driver nosuch $N-d; docker volume create -o type=tmpfs -o device=tmpfs -o o=size=1m $N-t; docker run --rm -v $N-t:/m $IMAGE grep ' /m ' /proc/mounts; docker volume create -o nosuch=1 $N-o; docker volume create 'bad name'; docker volume create a; docker volume create -o type=none -o o=bind -o device=$DIR $N-b; touch seen; docker run --rm -v $N-b:/m $IMAGE ls /m; docker volume rm $N $N-l $N-t $N-b; docker volume inspect nosuch-$N; docker volume rm nosuch-$N; docker volume rm -f nosuch-$N`,
  ),
];
