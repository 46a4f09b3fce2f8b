# Mosquitto, MQTT 3.1.1 and 5, from Debian. Its listeners are, from the port on:
# plain text; the same with a login; TLS with a login; TLS with a client
# certificate; TLS with a certificate that has expired; WebSocket; WebSocket with
# TLS and a login.
# shellcheck shell=bash disable=SC2154
mosquitto_port=${WEFT_MOSQUITTO_PORT:-19883}
mosquitto_dir=$state/mosquitto
mosquitto_settings=$mosquitto_dir/mosquitto.conf

mosquitto_up() {
  PATH=$PATH:/usr/sbin need mosquitto mosquitto
  certificates
  cat >"$mosquitto_settings" <<CONF
per_listener_settings true
persistence true
persistence_location $mosquitto_dir/
max_queued_messages 100000
user root
listener $mosquitto_port 127.0.0.1
allow_anonymous true
listener $((mosquitto_port + 1)) 127.0.0.1
allow_anonymous false
password_file $mosquitto_dir/passwords
listener $((mosquitto_port + 2)) 127.0.0.1
allow_anonymous false
password_file $mosquitto_dir/passwords
certfile $tls/server.pem
keyfile $tls/server-key.pem
listener $((mosquitto_port + 3)) 127.0.0.1
cafile $tls/ca.pem
certfile $tls/server.pem
keyfile $tls/server-key.pem
require_certificate true
use_identity_as_username true
listener $((mosquitto_port + 4)) 127.0.0.1
allow_anonymous true
certfile $tls/expired.pem
keyfile $tls/expired-key.pem
listener $((mosquitto_port + 5)) 127.0.0.1
protocol websockets
allow_anonymous true
listener $((mosquitto_port + 6)) 127.0.0.1
protocol websockets
allow_anonymous false
password_file $mosquitto_dir/passwords
certfile $tls/server.pem
keyfile $tls/server-key.pem
CONF
  printf '%s:%s\n' "$broker_user" "$broker_password" >"$mosquitto_dir/passwords"
  chmod 600 "$mosquitto_dir/passwords"
  mosquitto_passwd -U "$mosquitto_dir/passwords"
  spawn mosquitto "$mosquitto_settings" "$mosquitto_port" env PATH="$PATH:/usr/sbin" mosquitto -c "$mosquitto_settings"
  echo "export WEFT_MOSQUITTO=127.0.0.1:$mosquitto_port WEFT_MOSQUITTO_SECURE=127.0.0.1:$((mosquitto_port + 1)) WEFT_MOSQUITTO_PASSWORD=$broker_password"
  print_login "WEFT_MOSQUITTO_LOGIN=127.0.0.1:$((mosquitto_port + 2)) WEFT_MOSQUITTO_CERT=127.0.0.1:$((mosquitto_port + 3)) WEFT_MOSQUITTO_EXPIRED=127.0.0.1:$((mosquitto_port + 4)) WEFT_MOSQUITTO_WS=127.0.0.1:$((mosquitto_port + 5)) WEFT_MOSQUITTO_WSS=127.0.0.1:$((mosquitto_port + 6))"
}

mosquitto_down() { stop mosquitto "$mosquitto_settings"; }

mosquitto_status() { tell mosquitto "$mosquitto_settings" "$mosquitto_port"; }
