# NATS with JetStream, from Debian. Debian's is older than the embedded one. Its
# servers are, from the port on: plain text; TLS with users, one with a password
# and one with an NKey; TLS with a token, for those who show a certificate; TLS
# with a certificate that has expired.
# shellcheck shell=bash disable=SC2154
nats_port=${WEFT_NATS_PORT:-19222}
nats_dir=$state/nats
nats_settings=$nats_dir/nats.conf

# The NKey of a user. It opens nothing but these servers.
nats_seed=SUAM5OUJ57NVFTMLFOOBRS7FVL55WBRLEMG6EM2O3COUGVYWGZENN3U5IA
nats_nkey=UAAHOEF7I2KOWJDIPZA4MZXWDELQ3DUAH5FPERZ5JDNFCIWX66W5NFOU

# What streams may reserve. By itself the server takes a part of what is free
# when it starts, and then refuses every stream on a disk that is nearly full.
nats_room="max_file_store: 1GB, max_memory_store: 256MB"

nats_up() {
  PATH=$PATH:/usr/sbin need nats-server nats-server
  certificates
  cat >"$nats_settings" <<CONF
host: 127.0.0.1
port: $nats_port
jetstream { store_dir: "$nats_dir/data", $nats_room }
CONF
  spawn nats "$nats_settings" "$nats_port" env PATH="$PATH:/usr/sbin" nats-server -c "$nats_settings"
  nats_secure login server $((nats_port + 1)) "{ users: [{user: $broker_user, password: $broker_password}, {nkey: $nats_nkey}] }" false
  nats_secure cert server $((nats_port + 2)) "{ token: $broker_password }" true
  nats_secure expired expired $((nats_port + 3)) "{ token: $broker_password }" false
  echo "$nats_seed" >"$nats_dir/seed"
  echo "export WEFT_NATS=127.0.0.1:$nats_port WEFT_NATS_SEED=$nats_dir/seed"
  print_login "WEFT_NATS_LOGIN=127.0.0.1:$((nats_port + 1)) WEFT_NATS_CERT=127.0.0.1:$((nats_port + 2)) WEFT_NATS_EXPIRED=127.0.0.1:$((nats_port + 3))"
}

# nats_secure WHICH CERTIFICATE PORT AUTHORIZATION VERIFY: one with TLS.
nats_secure() {
  mkdir -p "$nats_dir/$1"
  cat >"$nats_dir/$1/nats.conf" <<CONF
host: 127.0.0.1
port: $3
jetstream { store_dir: "$nats_dir/$1/data", $nats_room }
tls { cert_file: "$tls/$2.pem", key_file: "$tls/$2-key.pem", ca_file: "$tls/ca.pem", verify: $5 }
authorization $4
CONF
  spawn "nats/$1" "$nats_dir/$1/nats.conf" "$3" env PATH="$PATH:/usr/sbin" nats-server -c "$nats_dir/$1/nats.conf"
}

nats_down() {
  local which
  for which in login cert expired; do
    stop "nats/$which" "$nats_dir/$which/nats.conf"
  done
  stop nats "$nats_settings"
}

nats_status() { tell nats "$nats_settings" "$nats_port"; }
