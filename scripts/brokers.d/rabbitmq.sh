# RabbitMQ with the plugins for AMQP 1.0 and STOMP, from Debian; and pika, a client
# in Python that our embedded server must please as well, from PyPI if it can be had.
# shellcheck shell=bash disable=SC2154
rabbitmq_port=${WEFT_RABBITMQ_PORT:-19672}
rabbitmq_stomp_port=$((rabbitmq_port + 1))
rabbitmq_dir=$state/rabbitmq
rabbitmq_settings=$rabbitmq_dir/rabbitmq.conf

# rabbitmq_run COMMAND...: with all that it writes below our directory.
rabbitmq_run() {
  env HOME="$rabbitmq_dir" RABBITMQ_NODENAME=weft@localhost RABBITMQ_CONFIG_FILE="$rabbitmq_settings" \
    RABBITMQ_ENABLED_PLUGINS_FILE="$rabbitmq_dir/plugins" RABBITMQ_MNESIA_BASE="$rabbitmq_dir/data" \
    RABBITMQ_LOG_BASE="$rabbitmq_dir/log" RABBITMQ_PID_FILE="$rabbitmq_dir/erlang.pid" \
    RABBITMQ_DIST_PORT=$((rabbitmq_port + 2)) ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=$((rabbitmq_port + 3)) \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}" \
    PATH="/usr/lib/rabbitmq/bin:$PATH:/usr/sbin" "$@"
}

rabbitmq_up() {
  [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || PATH=/usr/lib/rabbitmq/bin:$PATH need rabbitmq-server rabbitmq-server
  cat >"$rabbitmq_settings" <<CONF
listeners.tcp.1 = 127.0.0.1:$rabbitmq_port
stomp.listeners.tcp.1 = 127.0.0.1:$rabbitmq_stomp_port
loopback_users = none
CONF
  echo '[rabbitmq_amqp1_0,rabbitmq_stomp].' >"$rabbitmq_dir/plugins"
  if ! runs "$rabbitmq_dir/pid" "$rabbitmq_settings"; then
    listens "$rabbitmq_port" && fail "port $rabbitmq_port is taken: stop what listens there or set WEFT_RABBITMQ_PORT"
  fi
  # The path at the end is for us, to know the process again.
  spawn rabbitmq "$rabbitmq_settings" "$rabbitmq_port" "$BASH" -c "$(declare -f rabbitmq_run); $(declare -p rabbitmq_port rabbitmq_dir rabbitmq_settings); rabbitmq_run rabbitmq-server" "$rabbitmq_settings"
  if [ ! -d "$rabbitmq_dir/pika/pika" ] && command -v python3 >/dev/null; then
    python3 -m pip install -q --target "$rabbitmq_dir/pika" pika==1.3.2 >"$rabbitmq_dir/pip.log" 2>&1 ||
      say "pika cannot be installed: the test with it is skipped"
  fi
  [ ! -d "$rabbitmq_dir/pika/pika" ] || echo "export WEFT_PIKA=$rabbitmq_dir/pika"
  echo "export WEFT_RABBITMQ=127.0.0.1:$rabbitmq_port WEFT_RABBITMQ_STOMP=127.0.0.1:$rabbitmq_stomp_port"
}

rabbitmq_down() {
  if runs "$rabbitmq_dir/pid" "$rabbitmq_settings"; then
    rabbitmq_run rabbitmqctl -q stop "$rabbitmq_dir/erlang.pid" >>"$rabbitmq_dir/rabbitmq.log" 2>&1 || true
  fi
  stop rabbitmq "$rabbitmq_settings"
  # Erlang's name server outlives the node that started it.
  rabbitmq_run epmd -kill >>"$rabbitmq_dir/rabbitmq.log" 2>&1 || true
}

rabbitmq_status() { tell rabbitmq "$rabbitmq_settings" "$rabbitmq_port"; }
