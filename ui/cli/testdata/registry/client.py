"""Does with a schema registry what programs in Python do.

Somebody else's client decides what is sent and what is understood. It ends
with an error at the first thing that is not as with any other registry.
"""

import sys

from confluent_kafka.schema_registry import Schema, SchemaReference, SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError

client = SchemaRegistryClient({"url": sys.argv[1]})

ORDER = '{"type": "record", "name": "Order", "namespace": "shop", "fields": [{"name": "id", "type": "string"}]}'
MORE = ORDER[:-2] + ', {"name": "priority", "type": "string", "default": "normal"}]}'
WORSE = ORDER[:-2] + ', {"name": "rank", "type": "int"}]}'


def refused(status, code, call):
    try:
        call()
    except SchemaRegistryError as e:
        assert (e.http_status_code, e.error_code) == (status, code), e
        return
    raise AssertionError("it was not refused")


# register, look up, get
first = client.register_schema("orders-value", Schema(ORDER, "AVRO"))
assert client.register_schema("orders-value", Schema(ORDER, "AVRO")) == first
assert client.register_schema("copies-value", Schema(ORDER, "AVRO")) == first
found = client.lookup_schema("orders-value", Schema(ORDER, "AVRO"))
assert (found.version, found.schema_id, found.subject) == (1, first, "orders-value"), found
assert client.get_schema(first).schema_type == "AVRO"
second = client.register_schema_full_response("orders-value", Schema(MORE, "AVRO"), normalize_schemas=True)
assert second.schema_id == first + 1, second
assert client.get_latest_version("orders-value").version == 2
assert client.get_versions("orders-value") == [1, 2]
assert client.get_version("orders-value", 1).schema_id == first
assert client.get_subjects() == ["copies-value", "orders-value"]

# compatibility
assert not client.test_compatibility("orders-value", Schema(WORSE, "AVRO"))
assert client.test_compatibility("orders-value", Schema(MORE, "AVRO"), version=1)
refused(409, 409, lambda: client.register_schema("orders-value", Schema(WORSE, "AVRO")))
client.set_compatibility("orders-value", "NONE")
assert client.get_compatibility("orders-value") == "NONE"
assert client.register_schema("orders-value", Schema(WORSE, "AVRO")) == first + 2
client.set_compatibility(level="FULL")
assert client.get_compatibility() == "FULL"

# references, in the other two languages
client.register_schema("money.proto", Schema('syntax = "proto3"; package shop; message Money { int64 cents = 1; }', "PROTOBUF"))
client.register_schema("price-value", Schema(
    'syntax = "proto3"; package shop; import "money.proto"; message Price { Money amount = 1; }', "PROTOBUF",
    [SchemaReference("money.proto", "money.proto", 1)]))
assert client.get_latest_version("price-value").schema.references[0].subject == "money.proto"
client.register_schema("address", Schema('{"type": "object", "title": "Address"}', "JSON"))
client.register_schema("customer-value", Schema(
    '{"type": "object", "properties": {"home": {"$ref": "address.json"}}}', "JSON", [SchemaReference("address.json", "address", 1)]))
assert client.get_latest_version("customer-value").schema.schema_type == "JSON"

# what is not there, and what is no schema
refused(404, 40401, lambda: client.get_versions("nothing"))
refused(404, 40402, lambda: client.get_version("orders-value", 99))
refused(422, 42201, lambda: client.register_schema("broken-value", Schema('{"type": "strnig"}', "AVRO")))
refused(422, 42201, lambda: client.register_schema("broken-value", Schema("message {", "PROTOBUF")))

# deleting
assert client.delete_version("orders-value", 1) == 1
assert client.delete_subject("orders-value") == [2, 3]
refused(404, 40405, lambda: client.delete_subject("copies-value", permanent=True))
assert client.delete_subject("copies-value") == [1]
assert client.delete_subject("copies-value", permanent=True) == [1]
refused(422, 42206, lambda: client.delete_subject("money.proto"))
print("fine")
