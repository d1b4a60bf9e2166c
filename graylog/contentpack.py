# SPDX-License-Identifier: Apache-2.0
"""What a Graylog content pack (version 1) looks like, so that pack.py need not know.

A dashboard's widget is written twice in a pack: as what the page shows, and as the search types
that fetch its figures. Here it is one call. Ids are made from names: a pack built again is the
same pack, and what is installed stays what it was.
"""
import re
import uuid

CREATED = "2026-08-21T00:00:00.000Z"
SERVER = "6.0.0"  # entity formats are those that servers read since
ALL_EVENTS = "000000000000000000000002"  # the stream every server keeps its events in
COLUMNS = 12
PRODUCT = "event_source_product:postfix"
ARRIVED = "gl2_second_sort_field"  # what servers since 6.0 order messages of one moment by
LATE = 1  # minutes that a line may come late and an event definition still count it
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "mmpostfix/graylog")


def ident(*names):
    return str(uuid.uuid5(NAMESPACE, "/".join(names)))


def wrapped(value):
    """Most values of an entity could be parameters, and say that they are none."""
    kinds = {bool: "boolean", int: "integer", str: "string"}
    return {"@type": kinds[type(value)], "@value": value}


def entity(kind, version, name, data):
    constraint = {"type": "server-version", "version": ">=" + SERVER}
    return {
        "v": "1",
        "type": {"name": kind, "version": version},
        "id": ident(kind, name),
        "data": data,
        "constraints": [constraint],
    }


def relative(seconds):
    return {"type": "relative", "from": seconds}


def products(*names):
    """The query for the lines of these products."""
    return f"event_source_product:({' OR '.join(names)})"


def of_product(query, of=PRODUCT):
    """Streams may get lost, and Graylog empties those of a dashboard's first search type if they are
    not there at the upload. So each query says by itself whose lines it means."""
    return f"{of} AND ({query})" if query else of


def language(query):
    return {"type": "elasticsearch", "query_string": query}


# ---- widgets ----------------------------------------------------------------------------------
class Series:
    """A figure: "count()", "card(source_ip)", "percentile(vendor_delay,95)", ..."""

    def __init__(self, function, name=None):
        self.function, self.name = function, name
        self.kind, arguments = re.fullmatch(r"(\w+)\((.*)\)", function).groups()
        self.field, _, self.argument = arguments.partition(",")

    def fetched(self):
        series = {"type": self.kind, "id": self.name or self.function, "field": self.field or None}
        if self.kind == "percentile":
            series["percentile"] = float(self.argument)
        if self.kind == "percentage":
            series["strategy"] = self.argument
        return series

    def shown(self):
        return {"function": self.function, "config": {"name": self.name}}


class Widget:
    """One widget; `width` is its share of the row's twelve columns."""

    def __init__(self, title, visualization, query="", over=(), by=(), figures=("count()",), limit=15,
                 width=6, height=5, trend=None, mode="stack", colours=None, sort=None, of=PRODUCT):
        self.title, self.visualization, self.query = title, visualization, of_product(query, of)
        self.width, self.height, self.trend, self.mode = width, height, trend, mode
        self.limit = limit  # of rows
        self.legend = min(limit, 8)  # of columns and of a pie's pieces: more would be cut
        self.colours, self.sort = colours or {}, sort
        self.rows = [over] if isinstance(over, str) else list(over)
        self.columns = [by] if isinstance(by, str) else list(by)
        self.figures = [f if isinstance(f, Series) else Series(*f) if isinstance(f, tuple) else Series(f)
                        for f in figures]
        self.timed = self.rows == ["timestamp"]

    def fields(self):
        """What a message must have to be of any use here."""
        fields = self.rows + self.columns + [f.field for f in self.figures if f.field]
        return [field for field in fields if field != "timestamp"]

    def _sort(self):
        if self.timed or not self.rows:
            return []
        return [{"type": "series", "field": self.sort or self.figures[0].function, "direction": "Descending"}]

    def _visual(self):
        # No lines or areas: they would draw a slope over hours without a value.
        return {
            "bar": {"barmode": self.mode, "axis_type": "linear"},
            "numeric": {"trend": True, "trend_preference": self.trend or "NEUTRAL"},
        }.get(self.visualization)

    def _limit(self, fields):
        if not fields or fields == ["timestamp"]:
            return None
        return self.legend if fields is self.columns or self.visualization == "pie" else self.limit

    def _pivots(self, fields, shape):
        if fields == ["timestamp"]:
            return [shape("time", fields, {"interval": {"type": "auto", "scaling": 1.0}})]
        return [shape("values", fields, {"limit": self._limit(fields)})] if fields else []

    def _formatting(self):
        colours = [{"field_name": value, "chart_color": colour} for value, colour in self.colours.items()]
        return {"chart_colors": colours} if colours else None

    def shown(self, place, stream, seconds):
        def pivot(kind, fields, config):
            return {"type": kind, "fields": fields, "config": config}

        return {
            "id": ident(place, self.title, "widget"),
            "type": "aggregation",
            "filter": None,
            "filters": [],
            "timerange": relative(seconds),
            "query": language(self.query),
            "streams": [stream],
            "config": {
                "visualization": self.visualization,
                "visualization_config": self._visual(),
                "row_pivots": self._pivots(self.rows, pivot),
                "column_pivots": self._pivots(self.columns, pivot),
                "row_limit": self._limit(self.rows),
                "column_limit": self._limit(self.columns),
                "series": [f.shown() for f in self.figures],
                "sort": self._sort(),
                "rollup": not self.columns,
                "event_annotation": False,
                "formatting_settings": self._formatting(),
            },
        }

    def fetched(self, place, stream, seconds):
        def group(kind, fields, config):
            return {"type": kind, "fields": fields, **config}

        chart = {
            "type": "pivot",
            "id": ident(place, self.title, "chart"),
            "name": "chart",
            "filter": None,
            "filters": [],
            "timerange": relative(seconds),
            "query": language(self.query),
            "streams": [stream],
            "row_groups": self._pivots(self.rows, group),
            "column_groups": self._pivots(self.columns, group),
            "row_limit": None,
            "column_limit": None,
            "series": [f.fetched() for f in self.figures],
            "sort": self._sort(),
            "rollup": not self.columns,
        }
        if self.visualization != "numeric":
            return [chart]
        # A trend compares with the same figure one time range earlier.
        before = {"type": "offset", "source": "search_type", "id": chart["id"], "offset": "1i"}
        return [chart, {**chart, "id": ident(place, self.title, "trend"), "name": "trend", "timerange": before}]


class Messages:
    """The messages themselves, as a table of the given fields. Oldest first, those of one moment come as they were received."""

    def __init__(self, title, query="", fields=(), width=COLUMNS, height=6, oldest_first=False, of=PRODUCT):
        self.title, self.query, self.width, self.height = title, of_product(query, of), width, height
        self.columns = ["timestamp", *fields]
        self.order = [("timestamp", "Ascending"), (ARRIVED, "Ascending")] if oldest_first else [("timestamp", "Descending")]

    def fields(self):
        return self.columns[1:]

    def shown(self, place, stream, seconds):
        return {
            "id": ident(place, self.title, "widget"),
            "type": "messages",
            "filter": None,
            "filters": [],
            "timerange": relative(seconds),
            "query": language(self.query),
            "streams": [stream],
            "config": {
                "fields": self.columns,
                "show_message_row": False,
                "decorators": [],
                "sort": [{"type": "pivot", "field": field, "direction": direction} for field, direction in self.order],
            },
        }

    def fetched(self, place, stream, seconds):
        return [{
            "type": "messages",
            "id": ident(place, self.title, "messages"),
            "name": None,
            "filter": None,
            "filters": [],
            "timerange": relative(seconds),
            "query": language(self.query),
            "streams": [stream],
            "limit": 150,
            "offset": 0,
            "sort": [{"field": field, "order": "ASC" if direction == "Ascending" else "DESC"} for field, direction in self.order],
            "decorators": [],
        }]


def placed(widgets):
    """From left to right; a row ends where its columns are full, the next begins below it."""
    column, row, tallest = 1, 1, 0
    for widget in widgets:
        if column + widget.width > COLUMNS + 1:
            column, row, tallest = 1, row + tallest, 0
        yield widget, {"col": column, "row": row, "height": widget.height, "width": widget.width}
        column += widget.width
        tallest = max(tallest, widget.height)


# ---- views: dashboards and saved searches -----------------------------------------------------
def view(kind, title, summary, stream, tabs, seconds, query="", selected=None, of=PRODUCT):
    queries, state = [], {}
    for tab, widgets in tabs.items():
        place = "/".join((kind, title, tab))
        page = ident(place, "query")
        whole = {"id": page, "timerange": relative(seconds), "filters": [], "query": language(of_product(query, of)),
                 "search_types": []}
        if kind == "SEARCH":  # its widgets have no streams of their own on the page
            whole["filter"] = {"type": "or", "filters": [{"type": "stream", "id": stream}]}
        shown = {"titles": {"tab": {"title": tab}, "widget": {}}, "widgets": [], "widget_mapping": {},
                 "positions": {}, "formatting": {"highlighting": []},
                 "display_mode_settings": {"positions": {}}, "selected_fields": selected,
                 "static_message_list_id": None}
        for widget, position in placed(widgets):
            one = widget.shown(place, stream, seconds)
            fetched = widget.fetched(place, stream, seconds)
            if kind == "SEARCH":
                one.update(streams=[], query=None, timerange=None)
                for part in fetched:
                    part.update(streams=[], query=language(of), timerange=None)
            shown["widgets"].append(one)
            shown["titles"]["widget"][one["id"]] = widget.title
            shown["widget_mapping"][one["id"]] = [f["id"] for f in fetched]
            shown["positions"][one["id"]] = position
            whole["search_types"] += fetched
        queries.append(whole)
        state[page] = shown
    return entity("dashboard" if kind == "DASHBOARD" else "search", "2" if kind == "DASHBOARD" else "1", title, {
        "type": kind,
        "title": wrapped(title),
        "summary": wrapped(summary),
        "description": wrapped(""),
        "search": {"queries": queries, "parameters": [], "requires": {}, "owner": "admin", "created_at": CREATED},
        "state": state,
        "properties": [],
        "requires": {},
        "owner": "admin",
        "created_at": CREATED,
    })


def dashboard(title, summary, stream, tabs, seconds=86400, of=PRODUCT):
    return view("DASHBOARD", title, summary, stream, tabs, seconds, of=of)


def search(title, summary, stream, query, fields, seconds=86400, oldest_first=False, of=PRODUCT):
    widgets = [Widget("Message Count", "bar", over="timestamp", width=COLUMNS, height=2, of=of),
               Messages("All Messages", fields=fields, oldest_first=oldest_first, of=of)]
    return view("SEARCH", title, summary, stream, {title: widgets}, seconds, query, ["timestamp", *fields], of=of)


# ---- the others -------------------------------------------------------------------------------
def gelf_tcp_input(title, port):
    return entity("input", "1", title, {
        "title": wrapped(title),
        "type": wrapped("org.graylog2.inputs.gelf.tcp.GELFTCPInput"),
        "global": wrapped(True),
        "configuration": {
            "bind_address": wrapped("0.0.0.0"),
            "port": wrapped(port),
            "use_null_delimiter": wrapped(True),
            "max_message_size": wrapped(2097152),
            "recv_buffer_size": wrapped(1048576),
            "number_worker_threads": wrapped(2),
            "decompress_size_limit": wrapped(8388608),
            "tcp_keepalive": wrapped(True),
            "tls_enable": wrapped(False),
        },
        "static_fields": {},
        "extractors": [],
    })


def stream(title, description, *rules):
    """A stream for what one of the rules fits, each (type, field, value)."""
    rules = [{"type": kind, "field": field, "value": value, "inverted": False, "description": ""}
             for kind, field, value in rules]
    return entity("stream", "1", title, {
        "title": wrapped(title),
        "description": wrapped(description),
        "disabled": wrapped(False),
        "matching_type": wrapped("OR"),
        "stream_rules": [{key: wrapped(value) for key, value in rule.items()} for rule in rules],
        "alert_conditions": [],
        "alarm_callbacks": [],
        "outputs": [],
        "default_stream": wrapped(False),
        "remove_matches": wrapped(True),
    })


def alert(title, description, streams, query, minutes, more_than, by, count="count()", priority=2, of=PRODUCT):
    """An event where a figure goes over a limit, one for each value of `by`.

    It looks every so many minutes at as many and a little more. If it looked more often, each look would make an
    event of the same burst; if it looked no further back, a line that came late would be in none.
    """
    figure = Series(count)
    within = minutes + LATE
    told = (f"{description} in {minutes} minutes. Looks every {minutes} minutes at the last {within}, so that a line "
            "that comes a minute late is counted too. A burst gives one event; two, if it lies in the minute that two "
            f"looks share, or goes on. A notification for the same {' and '.join(by)} comes once in {within} minutes.")
    return entity("event_definition", "1", title, {
        "title": wrapped(title),
        "description": wrapped(told),
        "priority": wrapped(priority),
        "alert": wrapped(True),
        "config": {
            "type": "aggregation-v1",
            "query": wrapped(of_product(query, of)),
            "filters": [],
            "streams": [streams],
            "group_by": list(by),
            "series": [figure.fetched()],
            "conditions": {"expression": {
                "expr": ">",
                "left": {"expr": "number-ref", "ref": figure.function},
                "right": {"expr": "number", "value": float(more_than)},
            }},
            "search_within_ms": within * 60000,
            "execute_every_ms": minutes * 60000,
            "event_limit": 100,
        },
        "field_spec": {
            field: {"data_type": "string", "providers": [
                {"type": "template-v1", "template": "${source.%s}" % field, "require_values": True}]}
            for field in by
        },
        "key_spec": list(by),
        "notification_settings": {"grace_period_ms": within * 60000, "backlog_size": 10},
        "notifications": [],
        "storage": [{"type": "persist-to-streams-v1", "streams": [ALL_EVENTS]}],
        "is_scheduled": wrapped(True),
    })


def pack(name, summary, description, vendor, url, revision, entities):
    return {
        "v": "1",
        "id": ident("pack", name),
        "rev": revision,
        "name": name,
        "summary": summary,
        "description": description,
        "vendor": vendor,
        "url": url,
        "created_at": CREATED,
        "server_version": SERVER,
        "parameters": [],
        "entities": entities,
    }
