# Temporal's development server, which keeps all it has in memory. It is built
# from its Go module, pinned, in the folder of the brokers; that takes ten minutes
# once. Its namespace has a name of its own each time.
# shellcheck shell=bash disable=SC2154
temporal_version=1.32.1
temporal_dir=$state/temporal
temporal_server=$temporal_dir/temporal-server

temporal_up() {
  mkdir -p "$temporal_dir/src"
  temporal_build
  if ! runs "$temporal_dir/pid" "$temporal_server"; then
    rm -f "$temporal_dir/address"
    (trap '' HUP && exec "$temporal_server" "$temporal_dir/address") >>"$temporal_dir/temporal.log" 2>&1 </dev/null &
    echo $! >"$temporal_dir/pid"
    disown
  fi
  local n
  for ((n = 0; n < 600; n++)); do
    [ -s "$temporal_dir/address" ] && break
    runs "$temporal_dir/pid" "$temporal_server" || fail "temporal ended: see $temporal_dir/temporal.log"
    sleep 0.2
  done
  [ -s "$temporal_dir/address" ] || fail "temporal is not ready: see $temporal_dir/temporal.log"
  read -r address namespace <"$temporal_dir/address"
  echo "export WEFT_TEMPORAL=$address WEFT_TEMPORAL_NAMESPACE=$namespace"
}

# temporal_build makes the server, unless it is there in this version.
temporal_build() {
  [ -x "$temporal_server" ] && [ "$(cat "$temporal_dir/version" 2>/dev/null)" = "$temporal_version" ] && return
  say "building Temporal's development server $temporal_version"
  cat >"$temporal_dir/src/main.go" <<'GO'
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"go.temporal.io/server/temporaltest"
)

func main() {
	s := temporaltest.NewServer()
	text := fmt.Sprintf("%s %s\n", s.GetFrontendHostPort(), s.GetDefaultNamespace())
	if err := os.WriteFile(os.Args[1], []byte(text), 0o600); err != nil {
		panic(err)
	}
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM, syscall.SIGINT)
	<-end
}
GO
  (
    cd "$temporal_dir/src"
    [ -f go.mod ] || go mod init temporalserver
    GOFLAGS=-mod=mod go get "go.temporal.io/server@v$temporal_version"
    GOFLAGS=-mod=mod go build -o "$temporal_server" .
  ) >>"$temporal_dir/build.log" 2>&1 || fail "temporal cannot be built: see $temporal_dir/build.log"
  echo "$temporal_version" >"$temporal_dir/version"
}

temporal_down() { stop temporal "$temporal_server"; }

temporal_status() {
  if runs "$temporal_dir/pid" "$temporal_server"; then
    echo "temporal runs at $(cut -d' ' -f1 "$temporal_dir/address"), process $(cat "$temporal_dir/pid")"
  else
    echo "temporal does not run"
  fi
}
