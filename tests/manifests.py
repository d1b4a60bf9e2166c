#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""examples/containers/: manifests of Kubernetes are of its types (npm's kubernetes-types, by devtools/setup stores) and of what those do not say:
names that point somewhere, rights that are as few as they can be, files of rsyslog.conf that a volume holds. Then each is broken on purpose, and has to
be refused. Of the Containerfile: its form, its shell, and what it copies and installs. tests/e2e/containers.test runs the configurations."""
import copy
import json
import os
import pathlib
import re
import subprocess
import sys

try:
    import yaml
except ImportError:
    print("SKIP: there is no python3-yaml")
    sys.exit(77)

SRC = pathlib.Path(os.environ.get("PFX_SRCDIR", pathlib.Path(__file__).resolve().parent.parent))
BUILD = pathlib.Path(os.environ.get("PFX_BUILDDIR", SRC / "build"))
sys.dont_write_bytecode = True  # the source tree may not be ours to write to
sys.path.insert(0, str(SRC / "tests" / "typescript"))
import tsc  # noqa: E402

FOLDER = SRC / "examples" / "containers"
STORES = BUILD / "stores"
KINDS = {"Namespace": "core/v1", "ServiceAccount": "core/v1", "ConfigMap": "core/v1", "Service": "core/v1", "DaemonSet": "apps/v1", "StatefulSet": "apps/v1"}
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
# Values that the types have as any text.
CHOICES = {"restartPolicy": {"Always"}, "imagePullPolicy": {"IfNotPresent", "Always", "Never"}, "effect": {"NoSchedule", "NoExecute", "PreferNoSchedule"},
           "operator": {"Exists", "Equal"}, "accessModes": {"ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany"}}
QUANTITY = re.compile(r"\d+(\.\d+)?(m|Ki|Mi|Gi)?")
wrong = []


def every(value, name=""):
    """(name, value) of all that is in a document."""
    yield name, value
    if isinstance(value, dict):
        for key, one in value.items():
            yield from every(one, key)
    elif isinstance(value, list):
        for one in value:
            yield from every(one, name)


def faults(documents):
    """What the API server, or a careful reader, would refuse in the documents of a file."""
    found = []
    by_kind = {}
    for document in documents:
        by_kind.setdefault(document.get("kind"), {})[document.get("metadata", {}).get("name")] = document
        if document.get("apiVersion") != {"core/v1": "v1"}.get(KINDS.get(document.get("kind")), KINDS.get(document.get("kind"))):
            found.append("apiVersion of %s" % document.get("kind"))
        if not LABEL.fullmatch(str(document.get("metadata", {}).get("name"))):
            found.append("name of %s" % document.get("kind"))
        for name, value in every(document):
            if name in CHOICES and isinstance(value, str) and value not in CHOICES[name]:
                found.append("%s: %s" % (name, value))
    spaces = {d["metadata"].get("namespace") for d in documents if d["kind"] != "Namespace"}
    if len(spaces) != 1 or spaces - {None} != set(by_kind.get("Namespace", {})):
        found.append("namespaces %r" % spaces)
    workloads = [d for d in documents if d["kind"] in ("DaemonSet", "StatefulSet")]
    if len(workloads) != 1:
        return found + ["%d workloads" % len(workloads)]
    spec = workloads[0]["spec"]
    pod = spec["template"]["spec"]
    labels = spec["template"]["metadata"]["labels"]
    selectors = [spec["selector"]["matchLabels"]] + [s["spec"]["selector"] for s in by_kind.get("Service", {}).values()]
    found += ["selector %r" % selector for selector in selectors if not selector or not selector.items() <= labels.items()]
    if workloads[0]["kind"] == "StatefulSet" and spec["serviceName"] not in by_kind.get("Service", {}):
        found.append("serviceName")
    if pod.get("serviceAccountName", "default") not in {"default", *by_kind.get("ServiceAccount", {})}:
        found.append("serviceAccountName")
    if pod.get("automountServiceAccountToken") is not False or pod.get("hostNetwork") or pod.get("hostPID"):
        found.append("rights of the pod")
    if pod.get("securityContext", {}).get("seccompProfile", {}).get("type") != "RuntimeDefault":
        found.append("seccompProfile")
    volumes = {v["name"]: v for v in pod["volumes"]}
    claims = {c["metadata"]["name"]: c for c in spec.get("volumeClaimTemplates", [])}
    containers = pod.get("initContainers", []) + pod["containers"]
    if len({c["name"] for c in containers}) != len(containers):
        found.append("two containers of one name")
    used = [m["name"] for c in containers for m in c["volumeMounts"]]
    if set(used) != set(volumes) | set(claims):
        found.append("volumes %r, mounted %r" % (sorted(set(volumes) | set(claims)), sorted(set(used))))
    for volume in volumes.values():
        if "hostPath" in volume and volume["hostPath"].get("type") not in ("Directory", "DirectoryOrCreate"):
            found.append("type of hostPath")
        if "configMap" in volume and volume["configMap"]["name"] not in by_kind.get("ConfigMap", {}):
            found.append("configMap " + volume["configMap"]["name"])
        if "emptyDir" in volume and not volume["emptyDir"].get("sizeLimit"):
            found.append("emptyDir without a bound")
        if sum(source in volume for source in ("hostPath", "configMap", "emptyDir", "secret")) != 1:
            found.append("source of volume " + volume["name"])
    for c in containers:
        if not c.get("image") or c["image"].endswith(":latest") or ":" not in c["image"]:
            found.append("image of " + c["name"])
        resources = c.get("resources", {})
        if not {"cpu", "memory"} <= set(resources.get("requests", {})) or "memory" not in resources.get("limits", {}):
            found.append("resources of " + c["name"])
        if not all(QUANTITY.fullmatch(str(q)) for part in resources.values() for q in part.values()):
            found.append("a quantity of " + c["name"])
        if len({m["mountPath"] for m in c["volumeMounts"]}) != len(c["volumeMounts"]):
            found.append("two mounts at one place")
    for c in pod.get("initContainers", []):  # else the pod waits for its end
        if c.get("restartPolicy") != "Always":
            found.append("restartPolicy of " + c["name"])
    ours = [c for c in containers if c["name"] == "rsyslog"]
    if len(ours) != 1:
        return found + ["no container rsyslog"]
    return found + rights(ours[0]) + files(ours[0], volumes, by_kind)


def rights(container):
    context = container.get("securityContext", {})
    wanted = {"runAsUser": 0, "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    found = ["securityContext: %s" % name for name, value in wanted.items() if context.get(name) != value]
    found += ["securityContext: %s" % name for name in context if name not in wanted]
    if [m["mountPath"] for m in container["volumeMounts"] if not m.get("readOnly")] != ["/var/spool/rsyslog"]:
        found.append("more than the spool can be written")
    return found


def files(container, volumes, by_kind):
    """Where rsyslog.conf is, and what it names: below a mount."""
    found = []
    mounts = {m["mountPath"]: m for m in container["volumeMounts"]}
    at = mounts.get("/etc/rsyslog.conf", {"name": None})
    source = volumes.get(at["name"], {}).get("configMap", {}).get("name")
    text = by_kind.get("ConfigMap", {}).get(source, {}).get("data", {}).get(at.get("subPath"), "")
    if 'module(load="mmpostfix")' not in text:
        return ["no rsyslog.conf"]
    if 'workDirectory="/var/spool/rsyslog"' not in text:
        found.append("workDirectory")
    for path in re.findall(r'="(/[^"]*)"', text):
        if path != "/dev/stdout" and not any(path == m or path.startswith(m + "/") for m in mounts):
            found.append("no volume for " + path)
    return found


def broken(documents):
    """(what, documents with it, whether the types see it)"""
    def spoil(what, change, by_types=False):
        spoilt = copy.deepcopy(documents)
        change({d["kind"]: d for d in spoilt})
        return what, spoilt, by_types
    kind = next(d["kind"] for d in documents if d["kind"] in ("DaemonSet", "StatefulSet"))
    spec = lambda d: d[kind]["spec"]  # noqa: E731
    pod = lambda d: spec(d)["template"]["spec"]  # noqa: E731
    ours = lambda d: next(c for c in pod(d).get("initContainers", []) + pod(d)["containers"] if c["name"] == "rsyslog")  # noqa: E731
    yield spoil("a member of no pod", lambda d: pod(d).update(volume=[]), True)
    yield spoil("a member of no container", lambda d: ours(d).update(resource={}), True)
    yield spoil("a port of no container", lambda d: ours(d).update(ports=[{"port": 25}]), True)
    yield spoil("a text for a number", lambda d: pod(d).update(terminationGracePeriodSeconds="60"), True)
    yield spoil("a text for a truth", lambda d: ours(d)["volumeMounts"][0].update(readOnly="yes"), True)
    yield spoil("a volume without a name", lambda d: pod(d)["volumes"][0].pop("name"), True)
    yield spoil("no selector", lambda d: spec(d).pop("selector"), True)
    yield spoil("data that are no text", lambda d: d["ConfigMap"]["data"].update(number=7), True)
    yield spoil("a capability that is no list", lambda d: ours(d)["securityContext"].update(capabilities={"drop": "ALL"}), True)
    yield spoil("the group", lambda d: d[kind].update(apiVersion="extensions/v1beta1"), True)
    yield spoil("labels that are not selected", lambda d: spec(d)["template"]["metadata"].update(labels={"a": "b"}))
    yield spoil("a mount of nothing", lambda d: ours(d)["volumeMounts"][0].update(name="other"))
    yield spoil("a configuration of no name", lambda d: d["ConfigMap"]["metadata"].update(name="other"))
    yield spoil("another key", lambda d: d["ConfigMap"].update(data={"other": ""}))
    yield spoil("another namespace", lambda d: d["ConfigMap"]["metadata"].update(namespace="other"))
    yield spoil("a file that no volume has", lambda d: d["ConfigMap"]["data"].update({"rsyslog.conf": d["ConfigMap"]["data"]["rsyslog.conf"] + 'x(file="/var/x")'}))
    yield spoil("a root file system to write", lambda d: ours(d)["securityContext"].pop("readOnlyRootFilesystem"))
    yield spoil("all rights", lambda d: ours(d)["securityContext"].update(privileged=True))
    yield spoil("logs to write", lambda d: [m.pop("readOnly", None) for m in ours(d)["volumeMounts"]])
    yield spoil("no bound of memory", lambda d: ours(d)["resources"].pop("limits"))
    yield spoil("an image of any version", lambda d: ours(d).update(image="registry.example.com/mmpostfix"))
    yield spoil("a quantity", lambda d: ours(d)["resources"]["limits"].update(memory="1GB"))
    yield spoil("a word that is no choice", lambda d: ours(d).update(imagePullPolicy="Sometimes"))
    yield spoil("a token", lambda d: pod(d).pop("automountServiceAccountToken"))
    if kind == "StatefulSet":
        yield spoil("a service of another name", lambda d: d["Service"]["metadata"].update(name="other"))
        yield spoil("an init container that has to end", lambda d: ours(d).pop("restartPolicy"))
        yield spoil("a log without a bound", lambda d: [v.update(emptyDir={}) for v in pod(d)["volumes"] if "emptyDir" in v])


def try_types(manifests):
    if not tsc.is_there(STORES, "kubernetes-types"):
        print("SKIP: the types of Kubernetes are not there: devtools/setup stores")
        return
    texts, spoilt = {}, {}
    for name, documents in manifests.items():
        texts[name + ".ts"] = constants(documents)
        for number, (what, worse, by_types) in enumerate(broken(documents)):
            if by_types:
                file = "spoilt-%s-%d" % (name, number)
                spoilt[file] = "%s: %s" % (name, what)
                texts[file + ".ts"] = constants(worse)
    wrong.extend(tsc.complaints(STORES, texts, spoilt))


def constants(documents):
    lines = ["import type {%s} from 'kubernetes-types/%s';" % (", ".join(kind for kind, where in KINDS.items() if where == group), group)
             for group in sorted(set(KINDS.values()))]
    for number, document in enumerate(documents):
        # Members that a server has to be given, though the types let them be absent.
        lines.append("const d%d: %s & Required<Pick<%s, 'apiVersion' | 'kind' | 'metadata'>> = %s;" %
                     (number, document["kind"], document["kind"], json.dumps(document, indent=1)))
    return "\n".join(lines) + "\nexport {};\n"


def instructions(text):
    """(instruction, what follows) of a Containerfile, lines joined."""
    text = re.sub(r"\\\n", "", "\n".join(line for line in text.split("\n") if not line.startswith("#")))
    return [tuple(line.split(None, 1)) for line in text.split("\n") if line.strip()]


def of_containerfile(text, modules):
    found = []
    steps = instructions(text)
    stages = [what.split() for word, what in steps if word == "FROM"]
    if len(stages) != 2 or {stage[0] for stage in stages} != {"debian:${SUITE}-slim"} or stages[0][1:] != ["AS", "build"]:
        found.append("stages %r" % stages)
    if not steps or steps[0][0] != "ARG" or not steps[0][1].startswith("SUITE="):
        found.append("no suite in front")
    for word, what in steps:
        if word not in ("ARG", "FROM", "COPY", "WORKDIR", "RUN", "ENTRYPOINT"):
            found.append("instruction " + word)
        if word == "RUN":
            if subprocess.run(["sh", "-n"], input=what.encode(), stderr=subprocess.DEVNULL).returncode:
                found.append("shell: " + what)
            for script in re.findall(r"\bdevtools/[\w-]+", what):
                if not os.access(SRC / script, os.X_OK):
                    found.append("no " + script)
        if word == "COPY" and "--from=" in what and "--from=build" not in what:
            found.append("COPY " + what)
        if word == "ENTRYPOINT" and json.loads(what)[:2] != ["/usr/sbin/rsyslogd", "-n"]:
            found.append("ENTRYPOINT")
    last = text[text.rindex("\nFROM"):]
    packages = re.search(r"apt-get install -y --no-install-recommends ([\w -]+)", last)
    given = set(packages.group(1).split()) if packages else set()
    needed = {"gtls": "rsyslog-gnutls", "imrelp": "rsyslog-relp", "omrelp": "rsyslog-relp", "omkafka": "rsyslog-kafka", "imkafka": "rsyslog-kafka"}
    found += ["no package for " + module for module in modules if needed.get(module, "rsyslog") not in given]
    return found


def main():
    manifests = {}
    for path in sorted(FOLDER.rglob("*.yaml")):
        manifests[path.stem] = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
    if set(manifests) != {"daemonset", "sidecar"}:
        wrong.append("manifests %r" % set(manifests))
    seen = 0
    for name, documents in manifests.items():
        wrong.extend("%s: %s" % (name, what) for what in faults(documents))
        for what, worse, by_types in broken(documents):
            seen += 1
            if not by_types and not faults(worse):
                wrong.append("%s: nobody minds %s" % (name, what))
    try_types(manifests)
    modules = set(re.findall(r'(?:load|StreamDriver)="([a-z]+)"', "".join(d["data"]["rsyslog.conf"] for one in manifests.values() for d in one if d["kind"] == "ConfigMap")))
    text = (FOLDER / "Containerfile").read_text(encoding="utf-8")
    wrong.extend("Containerfile: " + what for what in of_containerfile(text, modules))
    image = re.search(r"-t (\S+) \.", text).group(1)
    wrong.extend("%s: another image than Containerfile's" % name for name, documents in manifests.items() if image not in json.dumps(documents))
    for old, new in (("AS build", "AS make"), ("--from=build", "--from=make"), ("&& BUILD_DIR=/build devtools/build", "&& && devtools/build"), ("devtools/setup", "devtools/steup"),
                     (" rsyslog-gnutls", ""), ("ENTRYPOINT", "ENTRY"), ("debian:${SUITE}-slim\nRUN", "debian:trixie-slim\nRUN")):
        if old not in text or not of_containerfile(text.replace(old, new), modules):
            wrong.append("Containerfile: nobody minds %r" % new)
    for line in wrong[:40]:
        print("FAIL: " + line)
    print("%d manifests, broken in %d ways; %d wrong" % (len(manifests), seen, len(wrong)))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
