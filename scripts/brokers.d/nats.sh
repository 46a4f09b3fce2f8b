# NATS with JetStream, from Debian. Debian's is older than the embedded one.
# shellcheck shell=bash disable=SC2154
nats_port=${WEFT_NATS_PORT:-19222}
nats_dir=$state/nats
nats_settings=$nats_dir/nats.conf

nats_up() {
  PATH=$PATH:/usr/sbin need nats-server nats-server
  cat >"$nats_settings" <<CONF
host: 127.0.0.1
port: $nats_port
jetstream { store_dir: "$nats_dir/data" }
CONF
  spawn nats "$nats_settings" "$nats_port" env PATH="$PATH:/usr/sbin" nats-server -c "$nats_settings"
  echo "export WEFT_NATS=127.0.0.1:$nats_port"
}

nats_down() { stop nats "$nats_settings"; }

nats_status() { tell nats "$nats_settings" "$nats_port"; }
