# Mosquitto, MQTT 3.1.1 and 5, from Debian. The listener on the next port wants
# the user weft with the password in WEFT_MOSQUITTO_PASSWORD.
# shellcheck shell=bash disable=SC2154
mosquitto_port=${WEFT_MOSQUITTO_PORT:-19883}
mosquitto_dir=$state/mosquitto
mosquitto_settings=$mosquitto_dir/mosquitto.conf

mosquitto_up() {
  PATH=$PATH:/usr/sbin need mosquitto mosquitto
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
CONF
  printf 'weft:secret\n' >"$mosquitto_dir/passwords"
  chmod 600 "$mosquitto_dir/passwords"
  mosquitto_passwd -U "$mosquitto_dir/passwords"
  spawn mosquitto "$mosquitto_settings" "$mosquitto_port" env PATH="$PATH:/usr/sbin" mosquitto -c "$mosquitto_settings"
  echo "export WEFT_MOSQUITTO=127.0.0.1:$mosquitto_port WEFT_MOSQUITTO_SECURE=127.0.0.1:$((mosquitto_port + 1)) WEFT_MOSQUITTO_PASSWORD=secret"
}

mosquitto_down() { stop mosquitto "$mosquitto_settings"; }

mosquitto_status() { tell mosquitto "$mosquitto_settings" "$mosquitto_port"; }
