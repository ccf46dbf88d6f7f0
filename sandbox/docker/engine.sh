#!/bin/sh
# A Docker engine of its own for tests: engine.sh up DIR [PORT], engine.sh down DIR. Everything it has lies in DIR; its socket is
# DIR/docker.sock. With PORT it also answers at tcp://127.0.0.1:PORT, over TLS to who has a certificate: DIR/certs is a client's.
# It needs root and the package docker.io, and leaves an engine that the machine has already alone.
set -eu
doing=${1:-} dir=${2:-} port=${3:-}
case $doing:$dir in up:/*|down:/*) ;; *) echo "usage: engine.sh up /DIR [PORT] | down /DIR" >&2; exit 64 ;; esac
alive() { [ -f "$dir/docker.pid" ] && kill -0 "$(cat "$dir/docker.pid")" 2>/dev/null; }

# An authority, the engine's certificate in DIR/tls, and a client's in DIR/certs.
make_certs() {
  [ -f "$dir/certs/cert.pem" ] && return
  mkdir -p "$dir/tls" "$dir/certs"
  chmod 700 "$dir/tls" "$dir/certs"
  new="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -x509 -days 30"
  signed="-CA $dir/tls/ca.pem -CAkey $dir/tls/ca.key -addext basicConstraints=critical,CA:FALSE"
  openssl req $new -subj "/CN=zkshift test engine" -keyout "$dir/tls/ca.key" -out "$dir/tls/ca.pem" 2>/dev/null
  openssl req $new $signed -subj "/CN=engine" -addext subjectAltName=IP:127.0.0.1 -addext extendedKeyUsage=serverAuth \
    -keyout "$dir/tls/key.pem" -out "$dir/tls/cert.pem" 2>/dev/null
  openssl req $new $signed -subj "/CN=worker" -addext extendedKeyUsage=clientAuth \
    -keyout "$dir/certs/key.pem" -out "$dir/certs/cert.pem" 2>/dev/null
  cp "$dir/tls/ca.pem" "$dir/certs/"
}

if [ "$doing" = down ]; then
  alive || exit 0
  pid=$(cat "$dir/docker.pid")
  kill "$pid"
  tries=0
  while kill -0 "$pid" 2>/dev/null && [ $tries -lt 300 ]; do sleep 0.1; tries=$((tries + 1)); done
  ! kill -0 "$pid" 2>/dev/null || { echo "the engine (pid $pid) did not end within 30 s" >&2; exit 1; }
  for left in "$dir"/exec/netns/*; do [ ! -e "$left" ] || umount "$left"; done
  # What it made beside DIR: its bridge. It makes no firewall rules: theirs would stay, and drop what bridges of other tests forward.
  ip link delete "zkdocker0" 2>/dev/null || :
  exit 0
fi

alive && { echo "unix://$dir/docker.sock"; exit 0; }
command -v dockerd >/dev/null || { echo "dockerd is missing: apt-get install docker.io" >&2; exit 69; }
mkdir -p "$dir"
ip link show zkdocker0 >/dev/null 2>&1 || ip link add zkdocker0 type bridge
ip address show zkdocker0 | grep -q 'inet ' || ip address add 172.29.250.1/24 dev zkdocker0
ip link set zkdocker0 up
storage=overlay2
if ! [ -f "$dir/storage" ]; then
  mkdir -p "$dir/try/l" "$dir/try/u" "$dir/try/w" "$dir/try/m"
  if mount -t overlay overlay -o "lowerdir=$dir/try/l,upperdir=$dir/try/u,workdir=$dir/try/w" "$dir/try/m" 2>/dev/null; then umount "$dir/try/m"; else storage=vfs; fi
  rm -rf "$dir/try"
  echo $storage >"$dir/storage"
fi
storage=$(cat "$dir/storage")
set --
if [ -n "$port" ]; then
  make_certs
  set -- --host "tcp://127.0.0.1:$port" --tlsverify --tlscacert "$dir/tls/ca.pem" --tlscert "$dir/tls/cert.pem" --tlskey "$dir/tls/key.pem"
fi
dockerd --data-root "$dir/data" --exec-root "$dir/exec" --pidfile "$dir/docker.pid" --host "unix://$dir/docker.sock" \
  --storage-driver "$storage" --iptables=false --ip6tables=false --ip-masq=false --ip-forward=false --bridge zkdocker0 --userland-proxy=false --live-restore=false "$@" >"$dir/dockerd.log" 2>&1 </dev/null &
tries=0
until docker --host "unix://$dir/docker.sock" version >/dev/null 2>&1; do
  tries=$((tries + 1))
  [ $tries -lt 300 ] || { tail -n 20 "$dir/dockerd.log" >&2; exit 1; }
  sleep 0.1
done
echo "unix://$dir/docker.sock"
