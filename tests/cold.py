#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""examples/cold/pfx-cold against moto, a stand-in for S3 (pip install 'moto[s3,server]' boto3; PFX_PYTHON names an interpreter that has
them): days of documents are put under lock once, what was changed is not, and a drill finds what was put, whatever is done to its name, and
whatever is wrong with it. moto takes wrong calls for right ones in places (it shortens locks, answers GetObjectRetention with 500): nothing
here relies on these."""
import base64
import datetime
import hashlib
import json
import logging
import os
import subprocess
import sys
import tempfile
import time

if os.environ.get("PFX_PYTHON") and os.environ["PFX_PYTHON"] != sys.executable:
    os.execv(os.environ["PFX_PYTHON"], [os.environ["PFX_PYTHON"], os.path.abspath(__file__)])
try:
    import boto3
    import botocore.exceptions
    from moto.server import ThreadedMotoServer
except ImportError as error:
    print("SKIP: %s" % error)
    sys.exit(77)

SRC = os.environ.get("PFX_SRCDIR", os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
PFXLOG = os.path.join(os.environ.get("PFX_BUILDDIR", os.path.join(SRC, "build")), "tools", "pfxlog")
CHAINS = os.path.join(SRC, "tests", "chain")
os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_EC2_METADATA_DISABLED="true")
place = tempfile.TemporaryDirectory()
work = place.name


def fail(text):
    print("FAIL: " + text)
    server.stop()
    sys.exit(1)


def path(name):
    return os.path.join(work, name)


def read(name):
    with open(path(name), encoding="utf-8") as file:
        return file.read()


def write(name, text, age=7200):
    with open(path(name), "w", encoding="utf-8") as file:
        file.write(text)
    os.utime(path(name), (time.time() - age,) * 2)
    return path(name)


def configure(bucket="locked", **more):
    settings = dict({"documents": path("documents-*.json"), "anchors": path("gelf.anchors"), "ledger": path("ledger"), "bucket": bucket, "prefix": "mx1/",
                     "mode": "COMPLIANCE", "days": "30", "endpoint": endpoint, "pfxlog": PFXLOG}, **more)
    write("conf", "[cold]\n" + "".join("%s = %s\n" % row for row in settings.items()))


def cold(*arguments, status=0):
    run = subprocess.run([sys.executable, os.path.join(SRC, "examples", "cold", "pfx-cold"), "-c", path("conf"), *arguments],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
    if run.returncode != status:
        fail("%s: status %d, not %d: %s%s" % (arguments, run.returncode, status, run.stdout, run.stderr))
    return run.stdout + run.stderr


def ledger():
    return [json.loads(line) for line in read("ledger").splitlines()] if os.path.exists(path("ledger")) else []


def set_ledger(entries):
    write("ledger", "".join(json.dumps(entry) + "\n" for entry in entries))


logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(port=0, verbose=False)
server.start()
endpoint = "http://%s:%d" % server.get_host_and_port()
s3 = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
s3.create_bucket(Bucket="bare")


def versions(bucket="locked"):
    return [row["VersionId"] for row in s3.list_object_versions(Bucket=bucket).get("Versions", [])]


# Two days: as many documents and anchors as there were on the evening of the first, and all.
documents = open(os.path.join(CHAINS, "gelf.json"), encoding="utf-8").read().splitlines(True)
anchors = open(os.path.join(CHAINS, "gelf.anchors"), encoding="utf-8").read().splitlines(True)
write("gelf.pub", open(os.path.join(CHAINS, "gelf.pub"), encoding="utf-8").read())
evening = next(i for i, line in enumerate(anchors) if json.loads(line)["last"] >= 8)
half = json.loads(anchors[evening])["last"]
assert 0 < half < len(documents)
write("gelf.anchors", "".join(anchors[:evening + 1]))
first = write("documents-2026-01-01.json", "".join(documents[:half]))
write("documents-2026-01-02.json", "".join(documents[half:]))
write("documents-%s.json" % time.strftime("%Y-%m-%d"), "today's, which is not finished\n")
write("documents-2026-01-03.json", "what is written to still\n", age=10)

configure("bare")
said = cold("put", first, status=2)
if "locked until" in said or ledger() or not said:
    fail("a bucket without a lock: " + said)
configure()
said = cold("put", status=2)  # the second day is not behind an anchor
if "again later" not in said or [entry["name"] for entry in ledger()] != ["documents-2026-01-01.json"]:
    fail("the first evening: %s %s" % (said, ledger()))
entry = ledger()[0]
head = s3.head_object(Bucket="locked", Key="mx1/documents-2026-01-01.json.zst" if entry["file"]["key"].endswith("zst") else entry["file"]["key"],
                      VersionId=entry["file"]["version"])
left = head["ObjectLockRetainUntilDate"] - datetime.datetime.now(datetime.timezone.utc)
if head["ObjectLockMode"] != "COMPLIANCE" or not datetime.timedelta(days=29, hours=23) < left <= datetime.timedelta(days=30):
    fail("the lock: %s" % head)
body = s3.get_object(Bucket="locked", Key=entry["file"]["key"], VersionId=entry["file"]["version"])["Body"].read()
if hashlib.sha256(body).hexdigest() != entry["file"]["sha256"] or hashlib.sha256(read("documents-2026-01-01.json").encode()).hexdigest() != entry["documents"]:
    fail("hashes of the ledger")
write("gelf.anchors", "".join(anchors))
cold("put")
if [one["name"] for one in ledger()] != ["documents-2026-01-01.json", "documents-2026-01-02.json"] or ledger()[1]["anchors_begin"] != entry["anchors_end"]:
    fail("the second evening: %s" % ledger())
count = len(versions())
if cold("put") or len(versions()) != count or count != 4:
    fail("put twice: %d versions" % len(versions()))

# The drill needs nothing of the host but the key.
configure(anchors=path("nothing.anchors"), key=path("gelf.pub"))
if cold("check").count("0 findings") != 2 or cold("check", "--all").count("0 findings") != 2 or cold("check", "documents-2026-01-01.json").count("0 findings") != 1:
    fail("the drill: " + cold("check", "--all"))
cold("check", "documents-2025-01-01.json", status=2)
# Overwritten, and deleted: the version is still there, and can not be deleted.
key = entry["file"]["key"]
s3.put_object(Bucket="locked", Key=key, Body=b"another one")
s3.delete_object(Bucket="locked", Key=key)
try:
    s3.delete_object(Bucket="locked", Key=key, VersionId=entry["file"]["version"], BypassGovernanceRetention=True)
    fail("a locked version was deleted")
except botocore.exceptions.ClientError as error:
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 403
cold("check", "--all")
good = ledger()


def spoil(what, wanted, **changes):
    """A ledger that says something else of the first file."""
    entries = json.loads(json.dumps(good))
    entries[0]["file"].update(changes)
    set_ledger(entries)
    said = cold("check", "documents-2026-01-01.json", status=1)
    if wanted not in said:
        fail("%s: %s" % (what, said))
    set_ledger(good)


# Another file under lock, of which the ledger tells all that is true but of the documents.
changed = read("documents-2026-01-01.json").replace('process_id": "', 'process_id": "1', 1)
packed = __import__("gzip").compress(changed.encode())
checksum = base64.b64encode(hashlib.sha256(packed).digest()).decode()
until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=60)
other = s3.put_object(Bucket="locked", Key="other.gz", Body=packed, ChecksumAlgorithm="SHA256", ChecksumSHA256=checksum, ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=until)
bare = s3.put_object(Bucket="locked", Key="bare.gz", Body=packed)
fake = {"key": "other.gz", "version": other["VersionId"], "bytes": len(packed), "sha256": hashlib.sha256(packed).hexdigest()}
spoil("another file", "other documents", **fake)
spoil("other bytes", "other bytes", **dict(fake, sha256="0" * 64))
spoil("another length", "bytes, not", **dict(fake, bytes=7))
spoil("no lock", "locked None", **dict(fake, key="bare.gz", version=bare["VersionId"]))
spoil("a lock that is too short", "locked COMPLIANCE", until="2100-01-01T00:00:00Z")
spoil("no version", "nothing is locked", version=None)
entries = json.loads(json.dumps(good))
entries[0]["file"].update(fake)
entries[0]["documents"] = hashlib.sha256(changed.encode()).hexdigest()
set_ledger(entries)
if "CHANGED" not in cold("check", "documents-2026-01-01.json", status=1):
    fail("a ledger that was made to fit another file")
set_ledger(good)

# What is not as it was chained is not put, but with --anyway; nor what was put before.
configure(mode="GOVERNANCE", days="1")
count = len(versions())
if "another one now" not in cold("put", write("documents-2026-01-01.json", changed), status=1) or len(versions()) != count:
    fail("a file that was put before and changed")
bad = write("again-2026-01-01.json", changed)
if "CHANGED" not in cold("put", bad, status=1) or len(versions()) != count or ledger() != good:
    fail("a file that was changed was put")
cold("put", "--anyway", bad)
if len(versions()) != count + 2 or ledger()[-1]["file"]["mode"] != "GOVERNANCE" or "findings" not in ledger()[-1]["verified"]:
    fail("put all the same: %s" % ledger()[-1])
cold("check", "again-2026-01-01.json", status=1)
# No store, no configuration, a damaged ledger: said, and nothing is changed.
before = read("ledger")
configure(endpoint="http://127.0.0.1:1")
if cold("put", write("late-2026-01-01.json", "".join(documents[:half]) + "\n"), status=2) == "" or read("ledger") != before:
    fail("no store")
configure()
write("ledger", before + "{")
cold("check", status=2)
os.unlink(path("conf"))
cold("put", status=2)
server.stop()
print("2 days, %d versions" % count)
