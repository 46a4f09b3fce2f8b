# Redis, from Debian.
# shellcheck shell=bash disable=SC2154
redis_port=${WEFT_REDIS_PORT:-19379}
redis_dir=$state/redis
redis_settings=$redis_dir/redis.conf

redis_up() {
  need redis-server redis-server
  cat >"$redis_settings" <<CONF
bind 127.0.0.1
port $redis_port
dir $redis_dir
appendonly yes
daemonize no
set-proc-title no
CONF
  spawn redis "$redis_settings" "$redis_port" redis-server "$redis_settings"
  echo "export WEFT_REDIS=127.0.0.1:$redis_port"
}

redis_down() { stop redis "$redis_settings"; }

redis_status() { tell redis "$redis_settings" "$redis_port"; }
