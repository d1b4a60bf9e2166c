# SPDX-License-Identifier: Apache-2.0
"""Records that are as odd as a store may get them, and the flows that they are by the rules of doc/scale.md, chosen here: for each
store that joins flows, which have to agree."""
import datetime

BEGIN = datetime.datetime(2026, 8, 21, 10, tzinfo=datetime.timezone.utc)
LOOP = 50  # Postfix' hopcount_limit


def stamp(at):
    return (BEGIN + datetime.timedelta(seconds=at)).isoformat(timespec="microseconds").replace("+00:00", "Z")


def record(mail, host, at, to=(), **fields):
    """to: (status, own host, queue id, time) of recipients."""
    lists = {name: [row[number] for row in to] for number, name in enumerate(("status", "own_host", "queued_as", "time"))} if to else {}
    return {"event_created": stamp(at + 1), "event_source": host, "event_source_product": "postfix", "vendor_event_type": "qmgr.removed",
            "vendor_mail_record": 1, "vendor_mail_id": mail, "trace_id": mail, "email_uid": "Q" + mail, "vendor_mail_arrival": stamp(at),
            "vendor_verdict": "delivered", **{"vendor_recipients_" + name: values for name, values in lists.items()}, **fields}


def sent(host, mail, at):
    return ("sent", host, "Q" + mail if mail else "-", stamp(at))


def alike(many):
    """One Message-ID of many mails, to a host that names no queue id: (documents, {mail id: flow})."""
    documents, flows = [], {}
    for n in range(many):
        documents.append(record("from%d" % n, "in2", n / 10, [sent("hub1", None, .05 + n / 10)], email_message_id="same@example.com"))
        documents.append(record("into%d" % n, "hub1", .04 + n / 10, email_message_id="same@example.com", vendor_client_own_host="in2",
                                source_ip="192.0.2.12"))
        flows["from%d" % n] = flows["into%d" % n] = "from%d" % n
    return documents, flows


def oddities():
    """(documents, {mail id: flow})."""
    documents, flows = [], {}

    def add(flow, document):
        documents.append(document)
        flows[document["vendor_mail_id"]] = flow
    # A loop between two hosts, until Postfix ends it.
    for n in range(LOOP):
        here, there = ("in1", "hub1") if n % 2 == 0 else ("hub1", "in1")
        client = {"vendor_client_own_host": there, "source_ip": "192.0.2.11"} if n else {}
        add("loop00", record("loop%02d" % n, here, n, [sent(there, "loop%02d" % (n + 1), n + 1.1)], **client))
    # A ring, as of clocks that were put back; and what hangs on it.
    for n in range(3):
        add("ring0", record("ring%d" % n, "ring%d" % n, 100, [sent("ring%d" % ((n + 1) % 3), "ring%d" % ((n + 1) % 3), 101)]))
    documents[-1]["vendor_recipients_own_host"].append("in2")
    for name, value in (("status", "sent"), ("queued_as", "Qhanging"), ("time", stamp(101))):
        documents[-1]["vendor_recipients_" + name].append(value)
    add("ring0", record("hanging", "in2", 100))
    # A clock that is wrong by hours joins nothing.
    add("slow0", record("slow0", "in1", 300, [sent("hub1", "slow1", 301)]))
    add("slow1", record("slow1", "hub1", 300 - 7200, vendor_client_own_host="in1", source_ip="192.0.2.11"))
    # Without a trace: two mails are not one flow.
    for n in range(2):
        add("bare%d" % n, {name: value for name, value in record("bare%d" % n, "in1", 400 + n).items() if name != "trace_id"})
    # A parent that its collector knows, without a word how: it is joined already.
    add("joined0", record("joined0", "in1", 500, [sent("hub1", "joined2", 501)]))
    add("joined1", record("joined1", "hub1", 500))
    add("joined1", record("joined2", "hub1", 500.5, trace_id="joined1", vendor_parent_mail_id="joined1", vendor_client_own_host="in1",
                          source_ip="192.0.2.11"))
    # Times that are not known, lists that were cut, recipients without a mail.
    add("cut0", record("cut0", "in1", 600, [("sent", "hub1", "Qcut1", "-")]))
    add("cut1", record("cut1", "hub1", 600.5, vendor_client_own_host="in1", source_ip="192.0.2.11"))
    add("cut2", record("cut2", "in1", 600, [sent("hub1", "cut1", 601)] * 2, vendor_recipients_time=[], vendor_recipients_own_host=["hub1"]))
    # The same number from two collectors: the newest.
    add("twice", record("twice", "in1", 700))
    add("twice", record("next", "hub1", 700.5, vendor_client_own_host="in1", source_ip="192.0.2.11"))
    documents.append({**record("twice", "in1", 700, [sent("hub1", "next", 701)]), "event_created": stamp(702)})
    return documents, flows
