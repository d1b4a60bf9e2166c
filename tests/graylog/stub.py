#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""stub.py DIRECTORY [OPTION...]: as much of Graylog's REST API as graylog/setup, access and export use, and what servers do behind it.

Writes its port to DIRECTORY/port and every changing call to DIRECTORY/changes, as
{"method", "path", "body"} a line; searches, which change nothing, to DIRECTORY/searches. They find what is in DIRECTORY/messages, a
document of pfxlog normalize a line, in the order received; but where there is DIRECTORY/odd, the last search of an export, for all
columns, is answered with that. State lives as long as the process. Options: version=6.3.7;
noprofiles, a server that has none yet; fail=PATH, answers 500 to changes of that path; used, an index set and a
profile of that name are there; nonsense, answers HTML; forbidden, a user without rights; taken=PORT, another program
has that port until DIRECTORY/freed is there.

As real servers do, by their version: an upload of a pack takes from the first search type of each dashboard the
streams that are not there by title; 6.0 installs no event definition with a setting that came later; since 7.0 a
body of what is created is {"entity": ...}, a pack's stream is paused too, and a change without a description
wipes it. What a pack installs gets new ids each time, and goes with the installation unless another has it, too.

/api/stub/arrives?PRODUCT, for tests: what a line of that product meets: whether an input takes it, the streams
and index sets it gets into, and how many of the questions that installed packs ask find it.
/api/stub/lands?JSON: the streams and index sets of a message with those fields, and the users who see it.
"""
import base64
import datetime
import http.server
import json
import pathlib
import re
import sys
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from widgets import Query  # noqa: E402

HOME = pathlib.Path(sys.argv[1])
OPTIONS = dict(option.partition("=")[::2] for option in sys.argv[2:])
USERS = {"admin:it's \"a\\secret": "admin", "tok3n:token": "admin"}
DEFAULT_SET = {"id": "5f43a1e1e1e1e1e1e1e1e1e1", "title": "Default index set", "index_prefix": "graylog",
               "default": True, "shards": 2, "replicas": 1, "use_legacy_rotation": True, "field_type_profile": None}


VERSION = OPTIONS.get("version", "6.3.7")
RELEASE = tuple(int(number) for number in VERSION.split(".")[:2])
SINCE_6_1 = {"use_cron_scheduling", "cron_expression", "cron_timezone", "query_parameters", "stream_categories"}
GELF_TCP = "org.graylog2.inputs.gelf.tcp.GELFTCPInput"
PRODUCT = "event_source_product:"


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def is_asked_of(text, product):
    """Whether a query is about lines of that product, by its first clause that names some."""
    names = re.search(PRODUCT + r"(?:\(([^)]*)\)|(\S+))", text)
    return names is None or product in (names.group(1) or names.group(2)).split(" OR ")


# Graylog's StreamRuleType, as the REST API has it.
RULE_TYPES = {"EXACT": 1, "REGEX": 2}


def takes(stream, product):
    """Whether lines of that product get into the stream; one without rules has none."""
    fits = [rule["field"] == "event_source_product" and
            (bool(re.search(rule["value"], product)) if rule["type"] == 2 else rule["value"] == product)
            for rule in stream["rules"]]
    return bool(fits) and (any if stream["matching_type"] == "OR" else all)(fits)


def fits_rules(stream, message):
    """Whether a message gets into the stream, by its rules: equal, matches, is there."""
    fits = []
    for rule in stream["rules"]:
        value = message.get(rule["field"])
        one = value is not None and {1: lambda: value == rule["value"], 2: lambda: bool(re.search(rule["value"], value)), 5: lambda: True}[rule["type"]]()
        fits.append(one != rule["inverted"])
    return bool(fits) and (any if stream["matching_type"] == "OR" else all)(fits)


class Refused(Exception):
    """What the server answers: status and message."""


def plain(value):
    """Without the types that values of a pack have."""
    return value["@value"] if isinstance(value, dict) and "@value" in value else value


def of_entity(body):
    if RELEASE < (7, 0):
        if "entity" in body:
            raise Refused(400, 'Unrecognized field "entity"')
        return body
    if not body.get("entity"):
        raise Refused(400, "entity cannot be null")
    return body["entity"]


class Graylog:
    def __init__(self):
        self.made, self.index = 0, (None, [])
        self.profiles, self.packs, self.streams, self.inputs, self.questions = {}, {}, {}, {}, {}
        self.sets = {DEFAULT_SET["id"]: DEFAULT_SET}
        self.installations = []
        self.roles = {"Reader": {"name": "Reader", "description": "", "permissions": [], "read_only": True}}
        self.users = {name: {"id": self.identity(), "username": name, "roles": ["Reader"]} for name in ("anna", "otto", "eve")}
        self.shares = {}
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

    def add_stream(self, title, description, index_set, rules, disabled, matching="AND"):
        made = self.identity()
        self.streams[made] = {"id": made, "title": title, "description": description, "index_set_id": index_set,
                              "rules": rules, "disabled": disabled, "matching_type": matching or "AND",
                              "remove_matches_from_default_stream": True}
        return made

    def add_input(self, title, kind, configuration):
        made = self.identity()
        self.inputs[made] = {"id": made, "title": title, "type": kind, "name": kind.rpartition(".")[2], "global": True,
                             "attributes": configuration}
        self.start(made)
        return made

    def start(self, made):
        self.inputs[made].update(state="STARTING", detailed_message=None)

    def settle(self):
        """An input starts in the background: asked again, it has its port, or has not."""
        for made, one in self.inputs.items():
            if one["state"] == "STARTING":
                port = str(one["attributes"]["port"])
                taken = port == OPTIONS.get("taken") and not (HOME / "freed").exists() or any(
                    other["state"] == "RUNNING" and str(other["attributes"]["port"]) == port
                    for key, other in self.inputs.items() if key != made)
                one["state"] = "FAILED" if taken else "RUNNING"
                one["detailed_message"] = "bind(..) failed with error(-98): Address already in use" if taken else None

    # ---- content packs
    def by_title(self, title):
        return [key for key, stream in self.streams.items() if stream["title"] == title]

    def ask(self, entity, data, streams):
        """What the entity asks of messages, as (query, streams)."""
        try:
            if entity["type"]["name"] == "event_definition":
                config = data["config"]
                if RELEASE < (6, 1) and SINCE_6_1 & set(config):
                    raise Refused(500, f"Unrecognized field {sorted(SINCE_6_1 & set(config))[0]}")
                return [(plain(config["query"]), [streams[stream] for stream in config["streams"]])]
            asked = []
            for query in data["search"]["queries"]:
                own = [f["id"] for f in query.get("filter", {}).get("filters", [])]
                for one in query["search_types"]:
                    text = " AND ".join([query["query"]["query_string"], (one["query"] or {}).get("query_string", "")])
                    asked.append((text, [streams[stream] for stream in one["streams"] or own]))
            return asked
        except KeyError as error:
            raise Refused(500, f"Missing Stream {error}") from error

    def create(self, entity, streams):
        """(id, whether it was there)"""
        kind, data = entity["type"]["name"], entity["data"]
        if kind == "stream":
            rules = [{key: plain(value) for key, value in rule.items()} for rule in data["stream_rules"]]
            rules = [{**rule, "type": RULE_TYPES[rule["type"]]} for rule in rules]
            made = self.add_stream(plain(data["title"]), plain(data["description"]), DEFAULT_SET["id"], rules,
                                   RELEASE >= (7, 0), plain(data["matching_type"]))
            streams[entity["id"]] = made
        elif kind == "stream_title":
            found = self.by_title(plain(data["title"]))
            if len(found) != 1:
                raise Refused(500, f"{'Multiple streams' if found else 'No stream'} with that title")
            streams[entity["id"]] = found[0]
            return found[0], not any(e["id"] == found[0] and not e["found_on_system"]
                                     for i in self.installations for e in i["entities"])
        elif kind == "input":
            made = self.add_input(plain(data["title"]), plain(data["type"]),
                                  {key: plain(value) for key, value in data["configuration"].items()})
        else:
            asked = self.ask(entity, data, streams)
            made = self.identity()
            self.questions[made] = asked
        return made, False

    def remove(self, made):
        for things in (self.streams, self.inputs, self.questions):
            things.pop(made, None)

    def install(self, pack, revision):
        if (pack, revision) not in self.packs:
            raise Refused(404, "no such content pack")
        streams, entities = {}, []
        in_order = sorted(self.packs[pack, revision]["entities"], key=lambda e: not e["type"]["name"].startswith("stream"))
        try:
            for entity in in_order:
                made, there = self.create(entity, streams)
                entities.append({"id": made, "type": entity["type"], "content_pack_entity_id": entity["id"],
                                 "title": "", "found_on_system": there})
        except Refused:
            for entity in entities:
                if entity["type"]["name"] != "stream_title":
                    self.remove(entity["id"])
            raise
        self.installations.append({"_id": self.identity(), "content_pack_id": pack,
                                   "content_pack_revision": revision, "parameters": {},
                                   "entities": entities, "comment": "", "created_by": "admin"})
        return 200, self.installations[-1]

    def filtered(self, pack):
        """As an upload does: ContentPackPersistenceService.filterMissingResourcesAndInsert."""
        titles = {e["id"]: plain(e["data"]["title"]) for e in pack["entities"] if e["type"]["name"].startswith("stream")}
        for entity in pack["entities"]:
            if entity["type"]["name"] == "dashboard":
                first = entity["data"]["search"]["queries"][0]["search_types"][0]
                first["streams"] = [s for s in first["streams"] if self.by_title(titles.get(s))]
        return pack

    # Each answers (status, JSON); the arguments are the groups of its path, and the body.
    def get_root(self):
        return 200, {"cluster_id": "c", "node_id": "n", "version": VERSION, "tagline": ""}

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
        prefix = body["index_prefix"]
        if not re.fullmatch(r"[a-z0-9][a-z0-9_+-]*", prefix):
            raise Refused(400, "not a prefix")
        if any(prefix.startswith(one["index_prefix"]) or one["index_prefix"].startswith(prefix) for one in self.sets.values()):
            raise Refused(400, f"Index prefix <{prefix}> would conflict with an existing index set!")
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
        self.packs[body["id"], body["rev"]] = self.filtered(json.loads(json.dumps(body)))
        return 201, None

    def delete_pack(self, pack, revision):
        if any(i["content_pack_revision"] == int(revision) for i in self.installations):
            return 400, {"message": "There are still installations of this content pack revision."}
        del self.packs[pack, int(revision)]
        return 204, None

    def get_pack(self, pack, revision):
        if (pack, int(revision)) not in self.packs:
            return 404, {"type": "ApiError", "message": "no such content pack"}
        return 200, {"content_pack": self.packs[pack, int(revision)]}

    def get_installations(self, pack):
        installations = [i for i in self.installations if i["content_pack_id"] == pack]
        return 200, {"total": len(installations), "installations": installations}

    def post_installations(self, pack, revision, body):
        of_entity(body)
        return self.install(pack, int(revision))

    def delete_installation(self, pack, installation):
        going = next(i for i in self.installations if i["_id"] == installation)
        self.installations.remove(going)
        still = {e["id"] for i in self.installations for e in i["entities"]}
        for entity in going["entities"]:
            if entity["id"] not in still and not entity["found_on_system"]:
                self.remove(entity["id"])
        return 200, {}

    def get_streams(self):
        return 200, {"total": len(self.streams), "streams": list(self.streams.values())}

    def post_streams(self, body):
        body = of_entity(body)
        made = self.add_stream(body["title"], body.get("description"), body["index_set_id"], body.get("rules", []), True,
                               body.get("matching_type"))
        return 201, {"stream_id": made}

    def get_stream(self, stream):
        return (200, self.streams[stream]) if stream in self.streams else (404, {"message": "no such stream"})

    def put_stream(self, stream, body):
        if RELEASE >= (7, 0):
            self.streams[stream]["description"] = None
        self.streams[stream].update(body)
        return 200, self.streams[stream]

    def post_rules(self, stream, body):
        if set(body) - {"type", "value", "field", "inverted", "description"} or type(body["type"]) is not int:
            raise Refused(400, "no CreateStreamRuleRequest")
        self.streams[stream]["rules"].append(body)
        return 201, {"streamrule_id": self.identity()}

    def delete_stream(self, stream):
        self.remove(stream)
        return 204, None

    def post_resume(self, stream):
        self.streams[stream]["disabled"] = False
        return 204, None

    def post_pause(self, stream):
        self.streams[stream]["disabled"] = True
        return 204, None

    def get_role(self, role):
        role = urllib.parse.unquote(role)
        return (200, self.roles[role]) if role in self.roles else (404, {"message": "Couldn't find role"})

    def post_roles(self, body):
        if set(body) != {"name", "description", "permissions", "read_only"} or body["name"] in self.roles:
            raise Refused(400, "no RoleResponse, or the role is there")
        self.roles[body["name"]] = body
        return 201, body

    def put_role(self, role, body):
        self.roles[urllib.parse.unquote(role)] = body
        return 200, body

    def get_members(self, role):
        role = urllib.parse.unquote(role)
        if role not in self.roles:
            return 404, {"message": "Couldn't find role"}
        return 200, {"role": role, "users": [user for user in self.users.values() if role in user["roles"]]}

    def put_member(self, role, user, body):
        self.users[user]["roles"].append(urllib.parse.unquote(role))
        return 204, None

    def get_user(self, user):
        return (200, self.users[user]) if user in self.users else (404, {"message": f"Couldn't find user {user}"})

    def post_prepare(self, entity, body):
        return 200, {"entity": entity, "selected_grantee_capabilities": self.shares.get(urllib.parse.unquote(entity), {})}

    def post_shares(self, entity, body):
        """Who is not named any more loses what was shared."""
        self.shares[urllib.parse.unquote(entity)] = body["selected_grantee_capabilities"]
        return 200, {}

    def get_lands(self, message):
        """Of a message, its fields in JSON: titles of its streams, and which users see it by a role or a share."""
        message = json.loads(urllib.parse.unquote(message))
        into = {key: stream for key, stream in self.streams.items() if not stream["disabled"] and fits_rules(stream, message)}
        may = {user for user, one in self.users.items() for role in one["roles"] for key in into
               if f"streams:read:{key}" in self.roles[role]["permissions"]}
        may |= {user for user, one in self.users.items() for key in into
                if self.shares.get(f"grn::::stream:{key}", {}).get(f"grn::::user:{one['id']}")}
        return 200, {"streams": sorted(stream["title"] for stream in into.values()), "users": sorted(may),
                     "prefixes": sorted({self.sets[stream["index_set_id"]]["index_prefix"] for stream in into.values()})}

    def indexed(self):
        """(time, message) of what is there now; a time is kept to the millisecond."""
        file = HOME / "messages"
        if self.index[0] != file.stat().st_mtime_ns:
            self.index = file.stat().st_mtime_ns, []
            for line in file.read_text(encoding="utf-8").splitlines():
                message = json.loads(line)
                at = moment(message["event_created"])
                at = at.replace(microsecond=at.microsecond // 1000 * 1000)
                message["timestamp"] = at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
                self.index[1].append((at, message))
        return self.index[1]

    def post_search(self, body):
        """Since 5: rows of the fields asked for, "-" where a message has one not; those of one moment as they were received."""
        if body["from"] + body["size"] > 10000 or body["sort"] != "timestamp" or body["timerange"]["type"] != "absolute":
            raise Refused(400, "Result window is too large, or a sort or time that the stub does not know")
        if len(re.findall(r'"(?:[^"\\]|\\.)*"|(?<=OR )\w', body["query"])) > 1000:
            raise Refused(500, "too_many_clauses: maxClauseCount is set to 1024")
        begin, end = (moment(body["timerange"][edge]) for edge in ("from", "to"))
        finds, found = Query(body["query"]).finds, []
        for at, message in self.indexed():
            if begin <= at <= end and finds(message):
                found.append(message)
        found.sort(key=lambda message: message["timestamp"], reverse=body["sort_order"] == "desc")
        rows = [[message.get(field, "-") for field in body["fields"]] for message in found[body["from"]:][:body["size"]]]
        return 200, {"schema": [{"column_type": "field", "type": "string", "field": field, "name": f"field: {field}"}
                                for field in body["fields"]], "datarows": rows, "metadata": {}}

    def get_inputs(self):
        return 200, {"total": len(self.inputs), "inputs": list(self.inputs.values())}

    def post_inputs(self, body):
        return 201, {"id": self.add_input(body["title"], body["type"], body["configuration"])}

    def get_states(self):
        states = [{"id": key, "state": one["state"], "detailed_message": one["detailed_message"], "message_input": one}
                  for key, one in self.inputs.items()]
        answer = json.loads(json.dumps({"node": states, "node that is away": None}))
        self.settle()
        return 200, answer

    def put_state(self, made):
        self.start(made)
        return 200, {}

    def get_arrives(self, product):
        self.settle()
        taken = any(one["state"] == "RUNNING" and one["type"] == GELF_TCP for one in self.inputs.values())
        into = [key for key, stream in self.streams.items() if not stream["disabled"] and takes(stream, product)]
        asked = [question for questions in self.questions.values() for question in questions
                 if is_asked_of(question[0], product)]
        found = sum(1 for _, streams in asked if not streams or set(streams) & set(into))
        return 200, {"input": taken, "streams": into, "asked": len(asked), "found": found if taken else 0,
                     "prefixes": [self.sets[self.streams[stream]["index_set_id"]]["index_prefix"] for stream in into]}


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
    ("/system/content_packs/([0-9a-f-]{36})/installations/([0-9a-f]{24})", "installation"),
    ("/streams", "streams"),
    ("/streams/([0-9a-f]{24})", "stream"),
    ("/streams/([0-9a-f]{24})/resume", "resume"),
    ("/streams/([0-9a-f]{24})/rules", "rules"),
    ("/streams/([0-9a-f]{24})/pause", "pause"),
    ("/roles", "roles"),
    ("/roles/([^/]+)", "role"),
    ("/roles/([^/]+)/members", "members"),
    ("/roles/([^/]+)/members/(\\w+)", "member"),
    ("/users/(\\w+)", "user"),
    ("/authz/shares/entities/([^/]+)", "shares"),
    ("/authz/shares/entities/([^/]+)/prepare", "prepare"),
    ("/search/messages", "search"),
    ("/system/inputs", "inputs"),
    ("/cluster/inputstates", "states"),
    ("/cluster/inputstates/([0-9a-f]{24})", "state"),
]] + [(re.compile(r"/api/stub/arrives\?(\w+)"), "arrives"), (re.compile(r"/api/stub/lands\?(.*)"), "lands")]
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
                try:
                    return method(*match.groups(), *([body] if body is not None else []))
                except Refused as refused:
                    return refused.args[0], {"type": "ApiError", "message": refused.args[1]}
        return 404, {"type": "ApiError", "message": f"HTTP 404 Not Found: {self.path}"}

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        status, value = self.result(body)
        if self.command != "GET":
            with open(HOME / ("searches" if self.path == "/api/search/messages" else "changes"), "a", encoding="utf-8") as file:
                print(json.dumps({"method": self.command, "path": self.path, "body": body}), file=file)
        text = b"" if value is None else json.dumps(value).encode()
        if self.path == "/api/search/messages" and len(body["fields"]) > 5 and (HOME / "odd").exists():
            text = (HOME / "odd").read_bytes()
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
