"""The balance documents of all merchants as they are now: a JSON line each, then it ends.

To be copied; it needs `pip install confluent-kafka fastavro` and nothing of Fluxo.
"""
import io
import json
import os
import urllib.request
import uuid

import fastavro
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

KAFKA = os.environ.get("FLUXO_KAFKA", "127.0.0.1:21000")
REGISTRY = os.environ.get("FLUXO_REGISTRY", "http://127.0.0.1:21002/apis/ccompat/v7")
TOPIC = "cash.daily-balances.v1"

schemas = {}


def decode(value):
    """Confluent wire format: byte 0, schema id in 4 bytes, Avro body. Dates become date, instants datetime in UTC."""
    schema_id = int.from_bytes(value[1:5], "big")
    if schema_id not in schemas:
        with urllib.request.urlopen(f"{REGISTRY}/schemas/ids/{schema_id}") as answer:
            schemas[schema_id] = fastavro.parse_schema(json.loads(json.load(answer)["schema"]))
    return fastavro.schemaless_reader(io.BytesIO(value[5:]), schemas[schema_id])


consumer = Consumer({
    "bootstrap.servers": KAFKA,
    "group.id": f"data-team-{uuid.uuid4()}",
    "isolation.level": "read_committed",
    "enable.auto.commit": False,
    "enable.partition.eof": True,  # says where the committed records end, for now
})
partitions = consumer.list_topics(TOPIC, timeout=30).topics[TOPIC].partitions
consumer.assign([TopicPartition(TOPIC, number, OFFSET_BEGINNING) for number in partitions])

documents = {}
unread = set(partitions)
while unread:
    message = consumer.poll(1.0)
    if message is None:
        continue
    if message.error() is not None:
        if message.error().code() != KafkaError._PARTITION_EOF:
            raise KafkaException(message.error())
        unread.discard(message.partition())
    elif message.value() is not None:
        documents[message.key()] = decode(message.value())  # the last record of a key is the document
consumer.close()

for document in documents.values():
    shown = {name: document[name] for name in ("merchantId", "businessDate", "revision", "totals")}
    print(json.dumps(shown, default=str))
