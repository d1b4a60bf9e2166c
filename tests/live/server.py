# SPDX-License-Identifier: Apache-2.0
"""An OpenSearch that a test asks, and what it finds wrong."""
import json
import sys
import urllib.error
import urllib.request

wrong = []


def same(what, wanted, got):
    if wanted != got:
        wrong.append("%s: expected %r, got %r" % (what, wanted, got))


class Server:
    """timeout: seconds of a request."""

    def __init__(self, url, timeout):
        self.url, self.timeout = url, timeout

    def call(self, method, path, body=None, kind="application/json"):
        """body: a text, or a value. What the server refuses ends the test."""
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data, {"Content-Type": kind}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            sys.exit("FAIL: %s %s: %s" % (method, path, error.read().decode()[:1000]))

    def put(self, documents):
        """(index, JSON of a document) each."""
        for first in range(0, len(documents), 5000):
            bulk = "".join('{"create":{"_index":"%s"}}\n%s\n' % document for document in documents[first:first + 5000])
            if self.call("POST", "/_bulk", bulk, "application/x-ndjson")["errors"]:
                sys.exit("FAIL: documents were refused")
