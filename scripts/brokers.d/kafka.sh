# Apache Kafka, one node that is broker and controller, from Maven Central.
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
listeners=PLAINTEXT://127.0.0.1:$kafka_port,CONTROLLER://127.0.0.1:$kafka_controller_port
advertised.listeners=PLAINTEXT://127.0.0.1:$kafka_port
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

kafka_up() {
  kafka_install
  kafka_configure
  kafka_format
  spawn kafka "kafka.Kafka $kafka_dir/server.properties" "$kafka_port" java -Xmx512m -cp "$kafka_dir/jars/*" \
    -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dorg.slf4j.simpleLogger.showDateTime=true kafka.Kafka "$kafka_dir/server.properties"
  echo "export WEFT_KAFKA=127.0.0.1:$kafka_port"
}

kafka_down() { stop kafka "kafka.Kafka $kafka_dir/server.properties"; }

kafka_status() { tell kafka "kafka.Kafka $kafka_dir/server.properties" "$kafka_port"; }
