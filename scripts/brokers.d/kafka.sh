# Apache Kafka, one node that is broker and controller, from Maven Central. Its
# listeners are, from the port on: plain text, its own, TLS with a login (PLAIN,
# SCRAM, and OAUTHBEARER with tokens that nobody signed), TLS with a client
# certificate, TLS with a certificate that has expired.
# shellcheck shell=bash disable=SC2154
kafka_port=${WEFT_KAFKA_PORT:-19092}
kafka_controller_port=$((kafka_port + 1))
kafka_dir=$state/kafka
# kafka_install fetches the jars from Maven Central. They are complete only
# when the mark beside them carries the same versions as our pom.
kafka_install() {
  need java default-jre-headless
  cmp -s "$here/kafka.pom.xml" "$kafka_dir/jars/pom.xml" && return
  need mvn maven
  say "fetching Apache Kafka from Maven Central"
  rm -rf "$kafka_dir/jars"
  mvn -q -B -f "$here/kafka.pom.xml" dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$kafka_dir/jars" >"$kafka_dir/maven.log" 2>&1 ||
    fail "could not fetch Apache Kafka: see $kafka_dir/maven.log"
  cp "$here/kafka.pom.xml" "$kafka_dir/jars/pom.xml"
}

# kafka_configure writes the settings of one node that is broker and controller.
kafka_configure() {
  cat >"$kafka_dir/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$kafka_controller_port
listeners=PLAINTEXT://127.0.0.1:$kafka_port,CONTROLLER://127.0.0.1:$kafka_controller_port,LOGIN://127.0.0.1:$((kafka_port + 2)),CERT://127.0.0.1:$((kafka_port + 3)),EXPIRED://127.0.0.1:$((kafka_port + 4))
advertised.listeners=PLAINTEXT://127.0.0.1:$kafka_port,LOGIN://127.0.0.1:$((kafka_port + 2)),CERT://127.0.0.1:$((kafka_port + 3)),EXPIRED://127.0.0.1:$((kafka_port + 4))
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,LOGIN:SASL_SSL,CERT:SSL,EXPIRED:SSL
inter.broker.listener.name=PLAINTEXT
ssl.keystore.type=PEM
ssl.keystore.location=$tls/server-both.pem
ssl.truststore.type=PEM
ssl.truststore.location=$tls/ca.pem
listener.name.cert.ssl.client.auth=required
listener.name.expired.ssl.keystore.type=PEM
listener.name.expired.ssl.keystore.location=$tls/expired-both.pem
listener.name.login.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER
listener.name.login.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_$broker_user="$broker_password";
listener.name.login.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.login.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.login.oauthbearer.sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";
controller.listener.names=CONTROLLER
log.dirs=$kafka_dir/data
num.partitions=1
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
delete.topic.enable=true
PROPERTIES
}

# kafka_java holds the Java program and what it is run with.
kafka_java() {
  java -Xmx512m -cp "$kafka_dir/jars/*" \
    -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dorg.slf4j.simpleLogger.showDateTime=true "$@"
}

# kafka_format prepares the storage once.
kafka_format() {
  [ -f "$kafka_dir/data/meta.properties" ] && return
  local id
  id=$(kafka_java kafka.tools.StorageTool random-uuid 2>>"$kafka_dir/kafka.log")
  (kafka_java kafka.tools.StorageTool format -t "$id" -c "$kafka_dir/server.properties") >>"$kafka_dir/kafka.log" 2>&1 ||
    fail "could not prepare Kafka's storage: see $kafka_dir/kafka.log"
}

# kafka_user makes the user of SCRAM once, with one mechanism at a time.
kafka_user() {
  [ -f "$kafka_dir/user" ] && return
  local mechanism
  for mechanism in SCRAM-SHA-256 SCRAM-SHA-512; do
    (kafka_java kafka.admin.ConfigCommand --bootstrap-server "127.0.0.1:$kafka_port" --alter --entity-type users --entity-name "$broker_user" \
      --add-config "$mechanism=[password=$broker_password]") >>"$kafka_dir/kafka.log" 2>&1 ||
      fail "could not make Kafka's user: see $kafka_dir/kafka.log"
  done
  touch "$kafka_dir/user"
}

kafka_up() {
  certificates
  kafka_install
  kafka_configure
  kafka_format
  spawn kafka "kafka.Kafka $kafka_dir/server.properties" "$kafka_port" java -Xmx512m -cp "$kafka_dir/jars/*" \
    -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dorg.slf4j.simpleLogger.showDateTime=true kafka.Kafka "$kafka_dir/server.properties"
  kafka_user
  echo "export WEFT_KAFKA=127.0.0.1:$kafka_port"
  print_login "WEFT_KAFKA_LOGIN=127.0.0.1:$((kafka_port + 2)) WEFT_KAFKA_CERT=127.0.0.1:$((kafka_port + 3)) WEFT_KAFKA_EXPIRED=127.0.0.1:$((kafka_port + 4))"
}

kafka_down() { stop kafka "kafka.Kafka $kafka_dir/server.properties"; }

kafka_status() { tell kafka "kafka.Kafka $kafka_dir/server.properties" "$kafka_port"; }
