#!/bin/sh
# Images for tests where none can be pulled: images.sh SOCKET DIR RELEASES. SOCKET is unix:///…; RELEASES the folder
# below which apache-zookeeper-<release>-bin.tar.gz are. Makes zkshift-test/debian:bookworm with Java 17 by debootstrap, from the mirror that this machine's
# apt has, and on it zkshift-test/zookeeper:<release>. Needs root and the packages docker.io and debootstrap. What is there is not made again.
set -eu
socket=${1:?unix:///…} dir=${2:?folder} releases=${3:?folder of releases}
here=$(cd "$(dirname "$0")" && pwd)
docker() { command docker --host "$socket" "$@"; }
has() { docker image inspect "$1" >/dev/null 2>&1; }
mkdir -p "$dir"

base=zkshift-test/debian:bookworm
if ! has $base; then
  mirror=$(apt-get indextargets --format '$(SITE) $(CODENAME)' 'Created-By: Packages' | sed -n 's/ bookworm$//p' | head -n 1)
  [ -n "$mirror" ] || { echo "this machine's apt has no mirror with bookworm" >&2; exit 69; }
  root=$dir/debian
  rm -rf "$root"
  debootstrap --variant=minbase --include=openjdk-17-jre-headless,ca-certificates bookworm "$root" "$mirror" >"$dir/debootstrap.log" 2>&1 ||
    { tail -n 20 "$dir/debootstrap.log" >&2; exit 1; }
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
  tar -C "$root" -c . | docker import - $base >/dev/null
  rm -rf "$root"
fi

for archive in $(find "$releases" -name "apache-zookeeper-*-bin.tar.gz" | sort); do
  name=${archive##*/apache-zookeeper-}; release=${name%-bin.tar.gz}
  tag=zkshift-test/zookeeper:$release
  has "$tag" && continue
  context=$dir/context-$release
  rm -rf "$context"; mkdir -p "$context"
  cp "$archive" "$context/release.tar.gz"
  cp "$here/Dockerfile.zookeeper" "$context/Dockerfile"
  cp "$here/entrypoint.sh" "$context/"
  DOCKER_BUILDKIT=0 command docker --host "$socket" build --quiet --tag "$tag" --build-arg BASE=$base "$context" >/dev/null 2>"$dir/build.log" ||
    { tail -n 20 "$dir/build.log" >&2; exit 1; }
  rm -rf "$context"
done
docker image ls --format '{{.Repository}}:{{.Tag}} {{.ID}} {{.Size}}' | grep '^zkshift-test/'
