#!/bin/sh
# Becomes the program of a container. Started in new mount and process namespaces, it builds the container's file system under
# ROOT, which only they see: this machine's programs and libraries read-only, devices, /proc, and what is to be bound in.
#   container-root.sh ROOT LOG [--ro|--rw FROM TO]... [--read-only] [--passwd LINES] [--workdir DIR] -- SETPRIV-OPTIONS... PROGRAM...
set -eu
root=$1
exec >>"$2" 2>&1
shift 2
mount -t tmpfs -o mode=755 container "$root"
mkdir -m 755 "$root/etc" "$root/dev" "$root/proc" "$root/run" "$root/var" "$root/sys"
mkdir -m 1777 "$root/tmp" "$root/var/tmp"

bind() { # bind ro|rw FROM TO
  if [ -d "$2" ]; then mkdir -p "$root$3"; else mkdir -p "$(dirname "$root$3")" && [ -e "$root$3" ] || : >"$root$3"; fi
  mount --bind "$2" "$root$3"
  if [ "$1" = ro ]; then mount -o remount,bind,ro "$root$3"; fi
}

for top in usr bin sbin lib lib32 lib64; do
  if [ -L "/$top" ]; then ln -s "$(readlink "/$top")" "$root/$top"; elif [ -d "/$top" ]; then bind ro "/$top" "/$top"; fi
done
for file in alternatives ssl ca-certificates ld.so.cache ld.so.conf ld.so.conf.d; do
  if [ -e "/etc/$file" ]; then bind ro "/etc/$file" "/etc/$file"; fi
done
# Names come from the hosts file alone; another one is unknown at once, as in a cluster.
echo 'hosts: files' >"$root/etc/nsswitch.conf"
mount -t proc proc "$root/proc"
for device in null zero full random urandom tty; do bind rw "/dev/$device" "/dev/$device"; done
mkdir -m 1777 "$root/dev/shm"
ln -s /proc/self/fd "$root/dev/fd"
ln -s /proc/self/fd/1 "$root/dev/stdout"
ln -s /proc/self/fd/2 "$root/dev/stderr"

workdir=/
readonly_root=no
while [ "$1" != -- ]; do
  case $1 in
    --ro | --rw) bind "${1#--}" "$2" "$3" && shift 3 ;;
    --read-only) readonly_root=yes && shift ;;
    --passwd) printf '%s\n' "$2" >"$root/etc/passwd" && shift 2 ;;
    --workdir) workdir=$2 && shift 2 ;;
  esac
done
shift
mkdir -p "$root$workdir"
if [ "$readonly_root" = yes ]; then mount -o remount,ro "$root"; fi
# The environment is the container's own from the start, the path of this script's programs too.
exec chroot "$root" env -C "$workdir" setpriv "$@"
