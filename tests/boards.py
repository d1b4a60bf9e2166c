#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""examples/grafana/: boards are what devtools/make-boards writes (and the tables of ClickHouse what make-clickhouse does), of the types of @grafana/schema (devtools/setup stores), each panel in
its place, and provisioning has the documented members. Boards that are broken on purpose have to be refused. What panels ask is run by
tests/clickhouse.py and tests/e2e/prometheus.test."""
import copy
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SRC = pathlib.Path(os.environ.get("PFX_SRCDIR", pathlib.Path(__file__).resolve().parent.parent))
BUILD = pathlib.Path(os.environ.get("PFX_BUILDDIR", SRC / "build"))
GRAFANA = SRC / "examples" / "grafana"
sys.dont_write_bytecode = True  # the source tree may not be ours to write to
sys.path.insert(0, str(SRC / "tests" / "typescript"))
import tsc  # noqa: E402

QUERIES = SRC / "examples" / "clickhouse" / "queries"
STORES = BUILD / "stores"
wrong = []

# The types say of a panel's options that they are an object, of a target that it is one, and of a choice from a list that it is an
# enum, which JSON has as a string or a number. So: panels by their type, targets by the manuals of the two data sources, enums as
# their values.
TYPES = """
import type {Dashboard, FieldConfig, Panel, VariableModel} from '@grafana/schema';
import type {Options as TimeSeriesOptions, FieldConfig as TimeSeriesField} from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';
import type {Options as StatOptions} from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type {Options as TableOptions, FieldConfig as TableField} from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';

type Plain<T> = unknown extends T ? T
    : T extends string ? `${T}`
    : T extends number ? (`${number}` extends `${T}` ? number : `${T}` extends `${infer N extends number}` ? N : never)
    : T extends Array<infer U> ? Array<Plain<U>>
    : T extends object ? {[K in keyof T]: Plain<T[K]>}
    : T;
interface Source<T> {type: T; uid: '${datasource}'}
interface ClickHouse {
    refId: string; datasource: Source<'grafana-clickhouse-datasource'>; editorType: 'sql'; rawSql: string;
    queryType: 'table' | 'timeseries' | 'logs' | 'traces'; format: 0 | 1 | 2 | 3;
}
interface Prometheus {
    refId: string; datasource: Source<'prometheus'>; editorMode: 'code' | 'builder'; expr: string; legendFormat: string;
    range: boolean; instant: boolean; format?: 'time_series' | 'table' | 'heatmap';
}
type Fields<C> = {defaults: Omit<Plain<FieldConfig>, 'custom'> & {custom?: Plain<C>}; overrides: []};
type Of<T, O, C> = Required<Pick<Plain<Panel>, 'id' | 'title' | 'description' | 'gridPos'>> & {
    type: T; options: Plain<O>; fieldConfig: Fields<C>;
} & ({datasource: Source<'grafana-clickhouse-datasource'>; targets: ClickHouse[]} | {datasource: Source<'prometheus'>; targets: Prometheus[]});
type AnyPanel = Of<'timeseries', TimeSeriesOptions, TimeSeriesField> | Of<'stat', StatOptions, never> | Of<'table', TableOptions, TableField>;
type Board = Omit<Plain<Dashboard>, 'panels' | 'templating'> & {panels: AnyPanel[]; templating: {list: Plain<VariableModel>[]}};
"""


def boards():
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted((GRAFANA / "dashboards").glob("*.json"))}


def places(board):
    """Panels that have a number of their own and a place that no other has."""
    taken, found = set(), []
    numbers = [panel["id"] for panel in board["panels"]]
    if len(set(numbers)) != len(numbers):
        found.append("ids")
    for panel in board["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        if at["x"] < 0 or at["x"] + at["w"] > 24 or taken & cells:
            found.append("place of " + panel["title"])
        taken |= cells
        if len({target["refId"] for target in panel["targets"]}) != len(panel["targets"]) or not panel["targets"]:
            found.append("targets of " + panel["title"])
        if len(panel["description"]) < 10:
            found.append("description of " + panel["title"])
        for target in panel["targets"]:
            for name in re.findall(r"\$\{?([a-z]\w*)", json.dumps(target)):
                if name not in {one["name"] for one in board["templating"]["list"]}:
                    found.append("no variable " + name)
    return found


def break_boards(board):
    """(what, the board with it)"""
    def spoil(what, change):
        spoilt = copy.deepcopy(board)
        change(spoilt)
        return what, spoilt
    first = lambda kind: (lambda b: next(p for p in b["panels"] if p["type"] == kind))  # noqa: E731
    yield spoil("no schemaVersion", lambda b: b.pop("schemaVersion"))
    yield spoil("a member of no board", lambda b: b.update(panel=[]))
    yield spoil("cursor sync", lambda b: b.update(graphTooltip=7))
    yield spoil("time", lambda b: b.update(time={"from": "now-1h"}))
    yield spoil("a panel without a place", lambda b: b["panels"][0].pop("gridPos"))
    yield spoil("a type of panel", lambda b: b["panels"][0].update(type="graph"))
    yield spoil("a variable's type", lambda b: b["templating"]["list"][0].update(type="datasources"))
    yield spoil("a variable's refresh", lambda b: b["templating"]["list"][1].update(refresh=9))
    yield spoil("how a series is drawn", lambda b: first("timeseries")(b)["fieldConfig"]["defaults"]["custom"].update(drawStyle="bar"))
    yield spoil("stacking", lambda b: first("timeseries")(b)["fieldConfig"]["defaults"]["custom"].update(stacking={"mode": "stacked"}))
    yield spoil("a legend", lambda b: first("timeseries")(b)["options"]["legend"].update(placement="top"))
    yield spoil("colour of a field", lambda b: first("timeseries")(b)["fieldConfig"]["defaults"]["color"].update(mode="palette"))
    yield spoil("a member of an option", lambda b: first("stat")(b)["options"].update(colourMode="value"))
    yield spoil("reduceOptions", lambda b: first("stat")(b)["options"].pop("reduceOptions"))
    yield spoil("height of cells", lambda b: first("table")(b)["options"].update(cellHeight="small"))
    yield spoil("a target without a question", lambda b: [b["panels"][0]["targets"][0].pop(name, None) for name in ("rawSql", "expr")])
    yield spoil("the source of a target", lambda b: b["panels"][0]["targets"][0]["datasource"].update(type="postgres"))


def try_types(all_boards):
    if not tsc.is_there(STORES, "@grafana/schema"):
        print("SKIP: the types of Grafana are not there: devtools/setup stores")
        return
    texts, spoilt = {"types.d.ts": TYPES + "export type {Board};\n"}, {}
    for name, board in all_boards.items():
        texts[name + ".ts"] = constant(board)
        for number, (what, broken) in enumerate(break_boards(board)):
            file = "spoilt-%s-%d" % (name, number)
            spoilt[file] = "%s: %s" % (name, what)
            texts[file + ".ts"] = constant(broken)
    wrong.extend(tsc.complaints(STORES, texts, spoilt))


def constant(board):
    return "import type {Board} from './types';\nconst board: Board = %s;\nexport default board;\n" % json.dumps(board, indent=1)


def try_provisioning(all_boards):
    try:
        import yaml
    except ImportError:
        print("SKIP: provisioning is not looked at: there is no python3-yaml")
        return
    read = lambda name: yaml.safe_load((GRAFANA / "provisioning" / name / "mmpostfix.yaml").read_text(encoding="utf-8"))  # noqa: E731
    sources, providers = read("datasources"), read("dashboards")
    may = {"name", "type", "uid", "access", "orgId", "url", "user", "database", "basicAuth", "isDefault", "jsonData", "secureJsonData", "version",
           "editable"}
    for one in sources["datasources"]:
        if not {"name", "type", "access", "uid"} <= set(one) <= may or one["access"] != "proxy":
            wrong.append("data source %r" % one)
        if not one.get("url", "https:").startswith("https:") or one["jsonData"].get("secure") is False:
            wrong.append("in clear: " + one["name"])
        if any(not value.startswith("$") for value in one.get("secureJsonData", {}).values()):
            wrong.append("a secret in the file: " + one["name"])
    asked = {variable["query"] for board in all_boards.values() for variable in board["templating"]["list"] if variable["type"] == "datasource"}
    if asked != {one["type"] for one in sources["datasources"]}:
        wrong.append("boards ask for %r" % asked)
    may = {"name", "orgId", "folder", "folderUid", "type", "disableDeletion", "updateIntervalSeconds", "allowUiUpdates", "options"}
    for one in providers["providers"]:
        if not set(one) <= may or one["type"] != "file" or set(one["options"]) - {"path", "foldersFromFilesStructure"}:
            wrong.append("provider %r" % one)
    if sources["apiVersion"] != 1 or providers["apiVersion"] != 1:
        wrong.append("apiVersion")


def stale():
    with tempfile.TemporaryDirectory() as work:
        subprocess.run([str(SRC / "devtools" / "make-boards"), work], check=True)
        for file in sorted(pathlib.Path(work).iterdir()):
            committed = {".md": SRC / "doc", ".ndjson": SRC / "examples" / "opensearch"}.get(file.suffix, GRAFANA / "dashboards") / file.name
            if file.read_bytes() != committed.read_bytes():
                wrong.append("%s is stale: run devtools/make-boards" % committed)


    with tempfile.TemporaryDirectory() as work:
        subprocess.run([str(SRC / "devtools" / "make-clickhouse"), work + "/tables.sql"], check=True)
        if pathlib.Path(work, "tables.sql").read_bytes() != (SRC / "examples" / "clickhouse" / "tables.sql").read_bytes():
            wrong.append("examples/clickhouse/tables.sql is stale: run devtools/make-clickhouse")


def main():
    stale()
    every = boards()
    asked = [target["rawSql"] for board in every.values() for panel in board["panels"] for target in panel["targets"] if "rawSql" in target]
    asked += [variable["query"] for board in every.values() for variable in board["templating"]["list"] if "SELECT" in str(variable["query"])]
    for file in sorted(QUERIES.glob("*.sql")):  # each of them is run by tests/clickhouse.py
        text = "\n".join(line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("--"))
        if text not in asked:
            wrong.append("%s is on no board" % file.name)
        asked = [one for one in asked if one != text]
    wrong.extend("asked for by a panel, and in no file: " + one for one in asked)
    if len({board["uid"] for board in every.values()}) != len(every):
        wrong.append("uids")
    for name, board in every.items():
        wrong.extend("%s: %s" % (name, what) for what in places(board))
        moved = copy.deepcopy(board)
        moved["panels"][1]["gridPos"]["y"] = 0
        if not places(moved):
            wrong.append("nobody minds a panel on another")
    try_types(every)
    try_provisioning(every)
    for line in wrong[:40]:
        print("FAIL: " + line)
    print("%d wrong" % len(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
