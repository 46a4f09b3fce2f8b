# Redis, from Debian: in plain text; with TLS and a user of its ACL, where a client
# may show a certificate; and with a certificate that has expired.
# shellcheck shell=bash disable=SC2154
redis_port=${WEFT_REDIS_PORT:-19379}
redis_dir=$state/redis
redis_settings=$redis_dir/redis.conf

redis_up() {
  need redis-server redis-server
  certificates
  cat >"$redis_settings" <<CONF
bind 127.0.0.1
port $redis_port
dir $redis_dir
appendonly yes
daemonize no
set-proc-title no
CONF
  spawn redis "$redis_settings" "$redis_port" redis-server "$redis_settings"
  redis_secure login server $((redis_port + 1))
  redis_secure expired expired $((redis_port + 2))
  echo "export WEFT_REDIS=127.0.0.1:$redis_port"
  print_login "WEFT_REDIS_LOGIN=127.0.0.1:$((redis_port + 1)) WEFT_REDIS_EXPIRED=127.0.0.1:$((redis_port + 2))"
}

# redis_secure WHICH CERTIFICATE PORT: one that keeps nothing.
redis_secure() {
  mkdir -p "$redis_dir/$1"
  cat >"$redis_dir/$1/redis.conf" <<CONF
bind 127.0.0.1
port 0
tls-port $3
tls-cert-file $tls/$2.pem
tls-key-file $tls/$2-key.pem
tls-ca-cert-file $tls/ca.pem
tls-auth-clients optional
user default off
user $broker_user on >$broker_password ~* &* +@all
dir $redis_dir/$1
save ""
daemonize no
set-proc-title no
CONF
  spawn "redis/$1" "$redis_dir/$1/redis.conf" "$3" redis-server "$redis_dir/$1/redis.conf"
}

redis_down() {
  stop redis/login "$redis_dir/login/redis.conf"
  stop redis/expired "$redis_dir/expired/redis.conf"
  stop redis "$redis_settings"
}

redis_status() { tell redis "$redis_settings" "$redis_port"; }
