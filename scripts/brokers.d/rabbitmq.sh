# RabbitMQ with the plugins for AMQP 1.0, STOMP, client certificates and its
# management API, from Debian, in plain text and with TLS; and pika, a client
# in Python that our embedded server must please as well, from PyPI if it can be had.
# shellcheck shell=bash disable=SC2154
rabbitmq_port=${WEFT_RABBITMQ_PORT:-19672}
rabbitmq_stomp_port=$((rabbitmq_port + 1))
rabbitmq_tls_port=$((rabbitmq_port + 4)) # 2 and 3 are Erlang's own
rabbitmq_stomp_tls_port=$((rabbitmq_port + 5))
rabbitmq_management_port=$((rabbitmq_port + 6))
rabbitmq_dir=$state/rabbitmq
rabbitmq_settings=$rabbitmq_dir/rabbitmq.conf

# rabbitmq_run COMMAND...: with all that it writes below our directory.
rabbitmq_run() {
  env HOME="$rabbitmq_dir" RABBITMQ_NODENAME=weft@localhost RABBITMQ_CONFIG_FILE="$rabbitmq_settings" \
    RABBITMQ_ADVANCED_CONFIG_FILE="$rabbitmq_dir/advanced.config" \
    RABBITMQ_ENABLED_PLUGINS_FILE="$rabbitmq_dir/plugins" RABBITMQ_MNESIA_BASE="$rabbitmq_dir/data" \
    RABBITMQ_LOG_BASE="$rabbitmq_dir/log" RABBITMQ_PID_FILE="$rabbitmq_dir/erlang.pid" \
    RABBITMQ_DIST_PORT=$((rabbitmq_port + 2)) ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=$((rabbitmq_port + 3)) \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}" \
    PATH="/usr/lib/rabbitmq/bin:$PATH:/usr/sbin" "$@"
}

# rabbitmq_user makes the user once.
rabbitmq_user() {
  [ -f "$rabbitmq_dir/data/user" ] && return
  { rabbitmq_run rabbitmqctl -q await_startup && rabbitmq_run rabbitmqctl -q add_user "$broker_user" "$broker_password" &&
    rabbitmq_run rabbitmqctl -q set_permissions "$broker_user" '.*' '.*' '.*'; } >>"$rabbitmq_dir/rabbitmq.log" 2>&1 ||
    fail "could not make RabbitMQ's user: see $rabbitmq_dir/rabbitmq.log"
  touch "$rabbitmq_dir/data/user"
}

# rabbitmq_managed waits for the management API.
rabbitmq_managed() {
  for _ in $(seq 300); do
    listens "$rabbitmq_management_port" && return
    sleep 0.2
  done
  fail "RabbitMQ's management API did not answer within a minute: see $rabbitmq_dir/rabbitmq.log"
}

rabbitmq_up() {
  certificates
  [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || PATH=/usr/lib/rabbitmq/bin:$PATH need rabbitmq-server rabbitmq-server
  cat >"$rabbitmq_settings" <<CONF
listeners.tcp.1 = 127.0.0.1:$rabbitmq_port
stomp.listeners.tcp.1 = 127.0.0.1:$rabbitmq_stomp_port
loopback_users = none
listeners.ssl.1 = 127.0.0.1:$rabbitmq_tls_port
stomp.listeners.ssl.1 = 127.0.0.1:$rabbitmq_stomp_tls_port
ssl_cert_login_from = common_name
management.tcp.ip = 127.0.0.1
management.tcp.port = $rabbitmq_management_port
collect_statistics_interval = 1000
auth_mechanisms.1 = PLAIN
auth_mechanisms.2 = AMQPLAIN
auth_mechanisms.3 = EXTERNAL
CONF
  # Which certificate goes with which name cannot be said in the other file.
  cat >"$rabbitmq_dir/advanced.config" <<CONF
[{rabbit, [{ssl_options, [
  {cacertfile, "$tls/ca.pem"}, {certfile, "$tls/server.pem"}, {keyfile, "$tls/server-key.pem"},
  {verify, verify_peer}, {fail_if_no_peer_cert, false},
  {sni_hosts, [{"localhost", [{certfile, "$tls/expired.pem"}, {keyfile, "$tls/expired-key.pem"}]}]}
]}]}].
CONF
  echo '[rabbitmq_amqp1_0,rabbitmq_stomp,rabbitmq_auth_mechanism_ssl,rabbitmq_management].' >"$rabbitmq_dir/plugins"
  if ! runs "$rabbitmq_dir/pid" "$rabbitmq_settings"; then
    listens "$rabbitmq_port" && fail "port $rabbitmq_port is taken: stop what listens there or set WEFT_RABBITMQ_PORT"
  fi
  # The path at the end is for us, to know the process again.
  spawn rabbitmq "$rabbitmq_settings" "$rabbitmq_port" "$BASH" -c "$(declare -f rabbitmq_run); $(declare -p rabbitmq_port rabbitmq_dir rabbitmq_settings); rabbitmq_run rabbitmq-server" "$rabbitmq_settings"
  rabbitmq_user
  rabbitmq_managed
  rabbitmq_client pika pika==1.3.2
  rabbitmq_client proton python-qpid-proton==0.40.0
  rabbitmq_client stomp stomp.py==8.2.0 STOMPPY
  echo "export WEFT_RABBITMQ=127.0.0.1:$rabbitmq_port WEFT_RABBITMQ_STOMP=127.0.0.1:$rabbitmq_stomp_port WEFT_RABBITMQ_MANAGEMENT=127.0.0.1:$rabbitmq_management_port"
  print_login "WEFT_RABBITMQ_LOGIN=127.0.0.1:$rabbitmq_tls_port WEFT_RABBITMQ_STOMP_LOGIN=127.0.0.1:$rabbitmq_stomp_tls_port WEFT_RABBITMQ_EXPIRED=localhost:$rabbitmq_tls_port WEFT_RABBITMQ_STOMP_EXPIRED=localhost:$rabbitmq_stomp_tls_port"
}

# rabbitmq_client NAME PACKAGE [VARIABLE]: a client in Python, and the variable
# that says where, by itself WEFT_NAME.
rabbitmq_client() {
  if [ ! -d "$rabbitmq_dir/$1/$1" ] && command -v python3 >/dev/null; then
    python3 -m pip install -q --target "$rabbitmq_dir/$1" "$2" >"$rabbitmq_dir/pip.log" 2>&1 ||
      say "$1 cannot be installed: the test with it is skipped"
  fi
  [ ! -d "$rabbitmq_dir/$1/$1" ] || echo "export WEFT_${3:-${1^^}}=$rabbitmq_dir/$1"
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
