#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each configuration that an example or a page shows sends mail logs to other hosts, and takes them, by TLS with verified names, or
says beside it why not, in a comment that begins with "In clear:". Then each of them is spoilt, and has to be refused."""
import pathlib
import re
import sys
import urllib.parse

TOP = pathlib.Path(__file__).resolve().parent.parent
PARAMETER = re.compile(r'([\w.]+)\s*=\s*("(?:[^"\\]|\\.)*"|`[^`]*`|\[[^\]]*\])', re.S)
KIND = re.compile(r"(?<![\w.])(action|input|module)\s*\(", re.I)
WORD = re.compile(r"In clear: *\w+(?:\W+\w+){2}")  # and a reason, which is no single word
OFF = {"", "off", "no", "0"}


class Statement:
    """One action(...), input(...) or module(...): its parameters, values without quotes, and the comments in it and right above it."""

    def __init__(self, kind, text, line, beside):
        self.kind, self.text, self.line = kind, text, line
        bare = re.sub(r'("(?:[^"\\]|\\.)*")|#[^\n]*', lambda m: m.group(1) or "", text)
        self.parameters = {name.lower(): value.strip('"') for name, value in PARAMETER.findall(bare)}
        comments = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
        self.excused = bool(WORD.search(re.sub(r"\n\s*#?", " ", beside + "\n" + "\n".join(re.findall(r"#([^\n]*)", comments)))))

    def get(self, *names):
        return next((self.parameters[name] for name in names if name in self.parameters), "")

    def listed(self, name):
        return re.findall(r'"([^"]*)"', self.get(name)) or [value for value in [self.get(name)] if value and value[0] != "["]


def statements(text):
    """Those of a text. What is commented out counts: somebody takes the # away."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        hashed = re.match(r"\s*#", line)
        rest_of = [re.sub(r"^\s*# ?", "", l) if hashed else l for l in lines[number + 1:number + 60]]
        above = []
        for before in reversed(lines[:number]):
            if not re.match(r"\s*#", before):
                break
            above.insert(0, re.sub(r"^\s*#", "", before))
        for found in KIND.finditer(line):
            rest = line[found.start():] + "\n" + "\n".join(rest_of)
            yield Statement(found.group(1).lower(), rest[:closing(rest)], number + 1, "\n".join(above))


def closing(text):
    """Behind the parenthesis that ends what the first one begins."""
    depth, quoted, at = 0, False, 0
    while at < len(text):
        c = text[at]
        if quoted:
            at += c == "\\"
            quoted = c != '"'
        elif c == '"':
            quoted = True
        elif c == "#":
            at = text.find("\n", at)
            if at < 0:
                break
        elif c in "()":
            depth += 1 if c == "(" else -1
            if depth == 0:
                return at + 1
        at += 1
    return len(text)


def here(host):
    """Whether that is this host: loopback, or a socket in the file system."""
    return host in ("localhost", "::1", "[::1]", "") or host.startswith("/") or bool(re.fullmatch(r"127\.[\d.]+", host))


def host_of(url):
    if "://" in url:
        return urllib.parse.urlsplit(url).hostname or ""
    return re.sub(r":\d+$", "", url)


def is_name(peers):
    return bool(peers) and all(peer and peer != "*" for peer in peers)


# What each output asks for: (where it goes, what is missing).
def of_omfwd(s):
    missing = [text for text, there in (
        ('protocol="tcp"', s.get("protocol") == "tcp"),
        ('StreamDriver="gtls" or "ossl"', s.get("streamdriver", "streamdriver.name") in ("gtls", "ossl")),
        ('StreamDriverMode="1"', s.get("streamdrivermode", "streamdriver.mode") == "1"),
        ('StreamDriverAuthMode="x509/name"', s.get("streamdriverauthmode", "streamdriver.authmode") == "x509/name"),
        ("StreamDriverPermittedPeers", is_name(s.listed("streamdriverpermittedpeers") or s.listed("streamdriver.permittedpeers")))) if not there]
    return s.listed("target") or [s.get("targetsrv") or "a host that is not said"], missing


def of_relp(s):
    return [text for text, there in (
        ('tls="on"', s.get("tls") == "on"), ('tls.authMode="name"', s.get("tls.authmode") == "name"),
        ("tls.permittedPeer", is_name(s.listed("tls.permittedpeer")))) if not there]


def of_omrelp(s):
    return s.listed("target"), of_relp(s)


def of_http(s):
    servers = s.listed("server")
    https = all(server.startswith("https://") or s.get("usehttps") == "on" and "://" not in server for server in servers)
    missing = [text for text, there in (
        ("https", https), ("tls.caCert", bool(s.get("tls.cacert"))),
        ("a verified name", s.get("skipverifyhost") in OFF and s.get("allowunsignedcerts") in OFF)) if not there]
    return [host_of(server) for server in servers], missing


def of_kafka(s):
    settings = dict(setting.partition("=")[::2] for setting in s.listed("confparam"))
    missing = [text for text, there in (
        ("security.protocol=ssl or sasl_ssl", settings.get("security.protocol") in ("ssl", "sasl_ssl")),
        ("ssl.endpoint.identification.algorithm=https", settings.get("ssl.endpoint.identification.algorithm") == "https"),
        ("verified certificates", settings.get("enable.ssl.certificate.verification", "true") == "true")) if not there]
    return [host_of(broker) for broker in s.listed("broker")], missing


def of_conninfo(conninfo):
    if "://" in conninfo:
        url = urllib.parse.urlsplit(conninfo)
        settings = dict(urllib.parse.parse_qsl(url.query))
        host = url.hostname or settings.get("host", "")
    else:
        settings = dict(re.findall(r"(\w+)=(\S+)", conninfo))
        host = settings.get("host", "")
    return host, [] if settings.get("sslmode") == "verify-full" else ["sslmode=verify-full"]


def of_ompgsql(s):
    if s.get("conninfo"):
        host, missing = of_conninfo(s.get("conninfo"))
        return [host], missing
    return s.listed("server"), ["conninfo with sslmode=verify-full"]


def of_other(s):
    """No output of which we know how it does TLS."""
    hosts = [host_of(h) for name in ("target", "server", "host", "broker", "uri", "uristr", "url", "address") for h in s.listed(name)]
    return hosts, ["a rule in tests/transit.py for " + s.get("type")]


def of_none(_):
    """A module that sends nothing: its host is the name of a property."""
    return [], []


OUTPUTS = {"mmpostfix": of_none, "omfwd": of_omfwd, "omrelp": of_omrelp, "omelasticsearch": of_http, "omhttp": of_http, "omkafka": of_kafka, "ompgsql": of_ompgsql}


def of_input(s, modules):
    """What an input that listens lacks; imtcp's TLS is that of its module."""
    if here(s.get("address") or "0.0.0.0"):
        return []
    kind = s.get("type")
    if kind == "imrelp":
        return of_relp(s)
    if kind == "imkafka":
        brokers, missing = of_kafka(s)
        return [] if all(here(broker) for broker in brokers) else missing
    if kind in ("imtcp", "imbeats"):
        m = modules.get(kind)
        own = s if s.get("streamdriver.mode") else m
        return [text for text, there in (
            ('streamDriver.mode="1"', own and own.get("streamdriver.mode") == "1"),
            ('streamDriver.authMode="x509/name"', own and own.get("streamdriver.authmode") == "x509/name"),
            ("permittedPeer", own and is_name(own.listed("permittedpeer")))) if not there]
    return ["TLS, which %s has not" % kind] if kind in ("imudp", "imptcp", "imhttp") else []


def problems(text):
    """(line, what) of each statement and address of a text that is in clear without a word."""
    found = []
    modules = {}
    for s in statements(text):
        if s.kind == "module":
            modules[s.get("load")] = s
            continue
        if s.kind == "input":
            missing = of_input(s, modules)
        else:
            hosts, missing = OUTPUTS.get(s.get("type"), of_other)(s)
            if all(here(host) for host in hosts):
                continue
        if missing and not s.excused:
            found.append((s.line, "%s %s: no %s, and no comment that begins with \"In clear:\"" % (s.kind, s.get("type"), ", no ".join(missing))))
    for number, line in enumerate(text.split("\n"), 1):
        for url in re.findall(r"http://[\w.-]+\.example\.(?:com|net|org)\S*|\bcurl\b.*\bhttp://\S+", line):
            if not here(re.search(r"http://(\[[\w:.]*\]|[^/:\s\"'\]]*)", url).group(1)):
                found.append((number, url + " is in clear"))
        if re.search(r"\bcurl\b.*\s(?:-\w*k\w*|--insecure)\s", line + " "):
            found.append((number, "curl takes any certificate: " + line.strip()))
        if re.match(r"\s*#?\s*\$(?:InputTCPServerRun|InputPTCPServerRun|UDPServerRun)\b", line, re.I):
            found.append((number, "the old form of an input, which has no TLS of its own: " + line.strip()))
        old = re.match(r"\s*#?\s*(?:[\w*,;]+\.[\w*=!,;.]+|&|:\w+,.*\"|if\b.*\bthen)\s+-?@@?(?:\([^)]*\))?([\w.\[\]:-]+)", line)
        if old and not here(host_of(old.group(1))):
            found.append((number, "the old form of forwarding, which can not say what TLS it wants: " + line.strip()))
        for conninfo in re.findall(r"postgres(?:ql)?://[^\s\"'`)]+|(?<=\")host=[^\"'`)\n]*|host=[\w.-]+\.[^\"'`)\n]*", line):
            host, missing = of_conninfo(conninfo)
            if missing and not here(host):
                found.append((number, conninfo + ": no " + missing[0]))
    return found


def texts():
    """Every file that shows how something is configured."""
    pages = [TOP / "README.md", TOP / "CONTRIBUTING.md", TOP / "rulebases/README.md", *TOP.glob("doc/*.md"), *TOP.glob("doc/*.rst")]
    others = [file for folder in ("examples", "graylog") for file in (TOP / folder).rglob("*")
              if file.is_file() and file.suffix not in (".log", ".pyc") and file.stat().st_size < 300000]
    for file in sorted(pages + others):
        if file.name not in ("events.md", "fields.md"):  # generated, of lines of logs
            yield file.relative_to(TOP), file.read_text(encoding="utf-8")


failures = []


def check(what, good):
    if not good:
        failures.append(what)


# ---- what is there -----------------------------------------------------------------------------
secured = {}
for name, text in texts():
    for line, what in problems(text):
        failures.append("%s:%d: %s" % (name, line, what))
    for s in statements(text):
        output = OUTPUTS.get(s.get("type")) if s.kind == "action" else None
        if output is None or all(here(host) for host in output(s)[0]):
            continue
        secured.setdefault(s.get("type"), []).append(name)
        # ---- each of them spoilt: a parameter of TLS away, the word away ---------------------------
        if s.excused:
            check("%s:%d: without its word it is taken" % (name, s.line), problems(text.replace("In clear:", "")))
            continue
        spoilt = re.findall(r'(?i)[ \n]\s*(?:protocol|StreamDriver(?:Mode|AuthMode|PermittedPeers)?|tls(?:\.authMode|\.permittedPeer)?|tls\.caCert)'
                            r'=(?:"[^"]*"|\[[^\]]*\])', s.text)
        if s.get("type") in ("omelasticsearch", "omhttp"):
            spoilt = [part for part in spoilt if "cacert" in part.lower()] + (["https://"] if "https://" in s.text else ['useHttps="on"'])
        elif s.get("type") == "omrelp":
            spoilt = [part for part in spoilt if "cacert" not in part.lower()]
        elif s.get("type") == "omkafka":
            spoilt = re.findall(r'"(?:security\.protocol|ssl\.endpoint[\w.]*)=[^"]*"', s.text)
        elif s.get("type") == "ompgsql":
            spoilt = re.findall(r"sslmode=[\w-]+", s.text)
        wanted = {"omfwd": 5, "omrelp": 3, "omelasticsearch": 2, "omhttp": 2, "omkafka": 2, "ompgsql": 1}[s.get("type")]
        check("%s:%d: only %d parts to spoil" % (name, s.line, len(spoilt)), len(spoilt) >= wanted)
        for part in spoilt:
            worse = s.text.replace(part, "" if part != "https://" else "http://")
            check("%s:%d: taken without %s" % (name, s.line, part.strip()), problems(text.replace(s.text, worse)))
for kind in ("omfwd", "omrelp", "omelasticsearch", "omkafka", "ompgsql"):
    check("no example of " + kind, any(str(name).startswith("examples/") for name in secured.get(kind, [])))
check("the quick start is not looked at", pathlib.Path("README.md") in secured.get("omfwd", []))

# ---- what has to be refused, and what has not ----------------------------------------------------
FWD = 'StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="logs.example.com"'
for good in ('action(type="omfwd" target="127.0.0.1" port="514" protocol="tcp")', 'action(type="omfwd" target="logs.example.com" protocol="tcp"\n  %s)' % FWD,
             '# In clear: the host is at the other end of a cable.\naction(type="omfwd" target="logs.example.com")',
             'action(type="omfwd" # In clear: a trial (of one) day.\n target="logs.example.com")', 'action(type="omfile" file="/var/log/x")',
             'action(type="mmpostfix" text="$!message" host="$!host!name")', 'input(type="imkafka" broker=["127.0.0.1:9092"] topic="t")',
             'action(type="ompgsql" conninfo="postgresql://rsyslog@/mail?host=/run/postgresql")', 'input(type="imtcp" address="127.0.0.1" port="514")',
             'action(type="omhttp" server="logs.example.com" useHttps="on" tls.cacert="/ca")', "see http://www.postfix.org/",
             "curl http://127.0.0.1:9200/_search", "curl --cacert ca.pem -u k -X PUT https://graylog.example.com/"):
    check("refused: " + good, not problems(good))
for bad in ('action(type="omfwd" target="logs.example.com" protocol="tcp")', '# action(type="omfwd" target="logs.example.com"\n#   protocol="tcp")',
            'action(type="omfwd" target="logs.example.com" protocol="udp" %s)' % FWD, 'action(type="omfwd" target="192.0.2.1" protocol="tcp" %s)' % FWD.replace("x509/name", "anon"),
            'action(type="omfwd" target="logs.example.com" protocol="tcp" %s)' % FWD.replace('"logs.example.com"', '"*"'),
            'input(type="imkafka" broker=["kafka.example.com:9093"] confParam=["security.protocol=ssl"])', 'input(type="imbeats" port="5044")',
            'input(type="imkafka" broker=["kafka.example.com:9093"] confParam=["ssl.endpoint.identification.algorithm=https"])',
            '# In clear:\naction(type="omfwd" target="logs.example.com")', '# In clear: a reason of its own.\n\naction(type="omfwd" target="logs.example.com")',
            'action(type="omfwd" target="logs.example.com" template="In clear: not a comment at all")',
            'action(type="omfwd" target="logs.example.com" # %s\n)' % FWD, 'action(type="omrelp" target="logs.example.com" port="2514")',
            'action(type="omelasticsearch" server="opensearch.example.com")', 'action(type="omelasticsearch" server="https://opensearch.example.com" tls.cacert="/ca" skipVerifyHost="on")',
            'action(type="omhttp" server="logs.example.com" useHttps="off" tls.cacert="/ca")', 'action(type="omkafka" broker="kafka.example.com:9093" topic="x")',
            'action(type="omkafka" broker=["kafka.example.com:9093"] confParam=["security.protocol=ssl", "ssl.endpoint.identification.algorithm=none"])',
            'action(type="ompgsql" server="db.example.com" db="mail")', 'action(type="ompgsql" conninfo="postgresql://a@db.example.com/mail?sslmode=require")',
            'action(type="omclickhouse" server="ch.example.com")', 'action(type="ommail" server="mx.example.com")', 'action(type="omhiredis" server="192.0.2.7")',
            'module(load="imtcp")\ninput(type="imtcp" port="514")', 'input(type="imudp" port="514")', 'input(type="imrelp" port="2514" tls="on")',
            'action(type="omfwd" target="logs.example.com") action(type="omfile" file="/var/log/x")', 'Action (type="omfwd" target="logs.example.com")',
            'action(type="omfwd" target=`echo $HOST` protocol="tcp")', 'action(type="omfwd" targetSrv="example.com" protocol="tcp")',
            'action(type="omfwd" target="127.0.0.1.example.com")', ':msg, contains, "x" @@logs.example.com', "& @@logs.example.com",
            'if $msg == "x" then @@logs.example.com:514', "$InputTCPServerRun 514", "# $UDPServerRun 514", "curl -sk https://graylog.example.com",
            "curl --insecure https://graylog.example.com", "curl http://192.0.2.7:9200/", 'psql "host=db dbname=mail"',
            "mail.* @@logs.example.com:514", "GRAYLOG_URL=http://graylog.example.com:9000", 'psql "host=db.example.com dbname=mail"'):
    check("taken: " + bad, problems(bad))

print("\n".join(failures) or "%d actions to other hosts" % sum(map(len, secured.values())))
sys.exit(bool(failures))
