"""What a program in Python does with SQS and SNS, through Amazon's own library.

Called with the URL of a server. It fails by an exception.
"""
import json
import sys

import boto3
from botocore.config import Config

args = dict(
    endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id=sys.argv[2], aws_secret_access_key=sys.argv[3],
    config=Config(retries={"max_attempts": 1}),
)
sqs, sns = boto3.client("sqs", **args), boto3.client("sns", **args)


def receive(url, n=10, **more):
    got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=n, WaitTimeSeconds=2, MessageAttributeNames=["All"],
                              AttributeNames=["All"], **more)
    return got.get("Messages", [])


# queues, their attributes and their dead letters
dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
dead_arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
url = sqs.create_queue(QueueName="orders", Attributes={
    "VisibilityTimeout": "5", "RedrivePolicy": json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 1}),
}, tags={"team": "shop"})["QueueUrl"]
assert sqs.get_queue_url(QueueName="orders")["QueueUrl"] == url
assert set(sqs.list_queues()["QueueUrls"]) == {url, dead}
assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"team": "shop"}
assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [url]
sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "6"})
assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["VisibilityTimeout"] == "6"

# messages with attributes: the library compares the checksums
sqs.send_message(QueueUrl=url, MessageBody="häß", MessageAttributes={
    "text": {"DataType": "String", "StringValue": "größe"},
    "number": {"DataType": "Number", "StringValue": "1.5"},
    "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
})
[m] = receive(url)
assert m["Body"] == "häß" and m["MessageAttributes"]["bytes"]["BinaryValue"] == b"\x00\xff", m
assert m["Attributes"]["ApproximateReceiveCount"] == "1"
sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=m["ReceiptHandle"], VisibilityTimeout=0)
assert receive(url) == []  # it went to the dead letters
[m] = receive(dead)
assert m["Body"] == "häß"
sqs.delete_message(QueueUrl=dead, ReceiptHandle=m["ReceiptHandle"])

# batches, of which one entry is wrong
out = sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(i), "MessageBody": "b%d" % i} for i in range(9)] + [
    {"Id": "late", "MessageBody": "b", "DelaySeconds": 901}])
assert len(out["Successful"]) == 9 and out["Failed"][0]["Id"] == "late", out
got = receive(url)
assert [m["Body"] for m in got] == ["b%d" % i for i in range(9)], got
sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(got)])
try:
    sqs.get_queue_url(QueueName="missing")
    raise SystemExit("a queue that is missing was found")
except sqs.exceptions.QueueDoesNotExist:
    pass

# FIFO
fifo = sqs.create_queue(QueueName="f.fifo", Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"})["QueueUrl"]
for body in ["1", "1", "2"]:
    sqs.send_message(QueueUrl=fifo, MessageBody=body, MessageGroupId="g")
got = receive(fifo)
assert [m["Body"] for m in got] == ["1", "2"], got
assert receive(fifo, VisibilityTimeout=1) == []

# topics
topic = sns.create_topic(Name="news")["TopicArn"]
sub = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=dead_arn, Attributes={"FilterPolicy": json.dumps({"kind": [{"prefix": "a"}]})})
sns.publish(TopicArn=topic, Message="no", MessageAttributes={"kind": {"DataType": "String", "StringValue": "b"}})
sns.publish(TopicArn=topic, Message="<yes & \"so\">", Subject="s", MessageAttributes={"kind": {"DataType": "String", "StringValue": "ab"}})
[m] = receive(dead)
envelope = json.loads(m["Body"])
assert envelope["Message"] == "<yes & \"so\">" and envelope["MessageAttributes"]["kind"]["Value"] == "ab", envelope
out = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=[{"Id": "a", "Message": "m"}])
assert out["Successful"][0]["Id"] == "a"
assert [t["TopicArn"] for t in sns.list_topics()["Topics"]] == [topic]
assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"][0]["Endpoint"] == dead_arn
sns.unsubscribe(SubscriptionArn=sub["SubscriptionArn"])
assert sns.list_subscriptions()["Subscriptions"] == []
sns.delete_topic(TopicArn=topic)
sqs.purge_queue(QueueUrl=url)
sqs.delete_queue(QueueUrl=url)
print("fine")
