#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""stub.py DIRECTORY [OPTION...]: as much of Graylog's REST API as graylog/setup uses.

Writes its port to DIRECTORY/port and every changing call to DIRECTORY/changes, as
{"method", "path", "body"} a line. State lives as long as the process. Options: version=6.3.7;
noprofiles, a server that has none yet; fail=PATH, answers 500 to changes of that path;
used, an index set and a profile of that
name are there; nonsense, answers HTML; forbidden, a user without rights; revision=N, that one of the pack is installed.
"""
import base64
import http.server
import json
import pathlib
import re
import sys

HOME = pathlib.Path(sys.argv[1])
OPTIONS = dict(option.partition("=")[::2] for option in sys.argv[2:])
USERS = {"admin:it's \"a\\secret": "admin", "tok3n:token": "admin"}
DEFAULT_SET = {"id": "5f43a1e1e1e1e1e1e1e1e1e1", "title": "Default index set", "index_prefix": "graylog",
               "default": True, "shards": 2, "replicas": 1, "use_legacy_rotation": True, "field_type_profile": None}


class Graylog:
    def __init__(self):
        self.made = 0
        self.profiles, self.packs, self.streams = {}, {}, {}
        self.sets = {DEFAULT_SET["id"]: DEFAULT_SET}
        self.installations = []
        if "noprofiles" in OPTIONS:
            self.profiles = None
        if "used" in OPTIONS:
            made, mapping = self.identity(), {"field": "site_field", "type": "long"}
            self.profiles[made] = {"id": made, "name": "Postfix", "description": "", "custom_field_mappings": [mapping]}
            made = self.identity()
            self.sets[made] = {**DEFAULT_SET, "id": made, "index_prefix": "postfix", "default": False}

    def identity(self):
        self.made += 1
        return f"{self.made:024x}"

    def install(self, pack, revision):
        entities = []
        for entity in self.packs[pack, revision]["entities"]:
            made = self.identity()
            if entity["type"]["name"] == "stream":
                self.streams[made] = {"id": made, "title": entity["data"]["title"]["@value"],
                                      "index_set_id": DEFAULT_SET["id"]}
            entities.append({"id": made, "type": entity["type"], "content_pack_entity_id": entity["id"],
                             "title": "", "found_on_system": False})
        self.installations.append({"_id": self.identity(), "content_pack_id": pack,
                                   "content_pack_revision": revision, "parameters": {},
                                   "entities": entities, "comment": "", "created_by": "admin"})
        return 200, self.installations[-1]

    # Each answers (status, JSON); the arguments are the groups of its path, and the body.
    def get_root(self):
        return 200, {"cluster_id": "c", "node_id": "n", "version": OPTIONS.get("version", "6.3.7"), "tagline": ""}

    def get_profiles(self):
        if self.profiles is None:
            return 404, {"type": "ApiError", "message": "HTTP 404 Not Found"}
        return 200, [{"id": p["id"], "name": p["name"]} for p in self.profiles.values()]

    def get_profile(self, profile):
        return 200, {**self.profiles[profile], "index_set_ids": []}

    def post_profiles(self, body):
        made = self.identity()
        self.profiles[made] = {"id": made, **body}
        return 200, self.profiles[made]

    def put_profiles(self, body):
        self.profiles[body["id"]].update(body)
        return 204, None

    def get_sets(self):
        return 200, {"total": len(self.sets), "index_sets": list(self.sets.values()), "stats": {}}

    def post_sets(self, body):
        made = self.identity()
        self.sets[made] = {"id": made, "default": False, "field_type_profile": None, **body}
        return 200, self.sets[made]

    def put_set_profile(self, body):
        for one in body["index_sets"]:
            self.sets[one]["field_type_profile"] = body["profile_id"]
        return 200, {}

    def post_packs(self, body):
        if (body["id"], body["rev"]) in self.packs:
            return 400, {"type": "ApiError", "message": "content pack is there"}
        self.packs[body["id"], body["rev"]] = body
        return 201, None

    def get_pack(self, pack, revision):
        if (pack, int(revision)) not in self.packs:
            return 404, {"type": "ApiError", "message": "no such content pack"}
        return 200, {"content_pack": self.packs[pack, int(revision)]}

    def get_installations(self, pack):
        installations = [i for i in self.installations if i["content_pack_id"] == pack]
        if "revision" in OPTIONS:
            installations.append({"_id": "0", "content_pack_revision": int(OPTIONS["revision"]), "entities": []})
        return 200, {"total": len(installations), "installations": installations}

    def post_installations(self, pack, revision, body):
        return self.install(pack, int(revision))

    def get_stream(self, stream):
        return (200, self.streams[stream]) if stream in self.streams else (404, {"message": "no such stream"})

    def put_stream(self, stream, body):
        self.streams[stream].update(body)
        return 200, self.streams[stream]

    def delete_stream(self, stream):  # for tests, as a person would
        del self.streams[stream]
        return 204, None


ROUTES = [(re.compile("/api" + path + r"(?:\?.*)?"), name) for path, name in [
    ("/", "root"),
    ("/system/indices/index_sets/profiles/all", "profiles"),
    ("/system/indices/index_sets/profiles", "profiles"),
    ("/system/indices/index_sets/profiles/([0-9a-f]{24})", "profile"),
    ("/system/indices/index_sets", "sets"),
    ("/system/indices/mappings/set_profile", "set_profile"),
    ("/system/content_packs", "packs"),
    ("/system/content_packs/([0-9a-f-]{36})/([0-9]+)", "pack"),
    ("/system/content_packs/([0-9a-f-]{36})/installations", "installations"),
    ("/system/content_packs/([0-9a-f-]{36})/([0-9]+)/installations", "installations"),
    ("/streams/([0-9a-f]{24})", "stream"),
]]
GRAYLOG = Graylog()


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def user(self):
        scheme, _, value = self.headers.get("Authorization", "").partition(" ")
        return scheme == "Basic" and USERS.get(base64.b64decode(value).decode())

    def result(self, body):
        if not self.user():
            return 401, {"message": "HTTP 401 Unauthorized"}
        if "forbidden" in OPTIONS and not self.path.endswith("/api/"):
            return 403, {"message": "Not authorized"}
        if self.command != "GET":
            if not self.headers.get("X-Requested-By"):
                return 400, {"message": "CSRF protection header is missing."}
            if OPTIONS.get("fail") and OPTIONS["fail"] in self.path:
                return 500, {"type": "ApiError", "message": "the disk is full"}
        for pattern, name in ROUTES:
            match = pattern.fullmatch(self.path)
            method = getattr(GRAYLOG, f"{self.command.lower()}_{name}", None)
            if match and method:
                return method(*match.groups(), *([body] if body is not None else []))
        return 404, {"type": "ApiError", "message": f"HTTP 404 Not Found: {self.path}"}

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        status, value = self.result(body)
        if self.command != "GET":
            with open(HOME / "changes", "a", encoding="utf-8") as file:
                print(json.dumps({"method": self.command, "path": self.path, "body": body}), file=file)
        text = b"" if value is None else json.dumps(value).encode()
        if "nonsense" in OPTIONS:
            status, text = 200, b"<!doctype html><title>Welcome</title>"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_DELETE = answer


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
(HOME / "changes").touch()
(HOME / "port.new").write_text(str(server.server_port))
(HOME / "port.new").rename(HOME / "port")
server.serve_forever()
