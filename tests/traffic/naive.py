# SPDX-License-Identifier: Apache-2.0
"""What the rules of alerts must tell, from the facts of the driver alone: each event is kept, and windows are counted anew at each.

Times are whole seconds, as they are to the rules; a window of n seconds ends with the newest line of its key. A share is that of the window
or of one that is a thirtieth shorter: rules count it by parts of the window.
"""
import collections

DAY, HOUR = 86400, 3600
PARTS = 30  # rules that count by parts of the window may be late by one of them


def network(ip, bits4, parts6):
    if ":" in ip:
        return ":".join(ip.split(":")[:parts6])
    return ".".join(ip.split(".")[:bits4 // 8])


class Window:
    """Events of a sliding window: (second, amount), in the order of time."""

    def __init__(self, seconds):
        self.seconds, self.newest, self.events, self.total = seconds, 0, collections.deque(), 0

    def look(self, now):
        self.newest = max(self.newest, now)
        while self.events and self.events[0][0] <= self.newest - self.seconds:
            self.total -= self.events.popleft()[1]

    def add(self, now, amount):
        self.events.append((now, amount))
        self.total += amount
        if len(self.events) > 1 and now < self.events[-2][0]:
            self.events = collections.deque(sorted(self.events))
        self.look(now)

    def sum(self):
        return self.total


class Distinct:
    """Values of a sliding window, and when each was seen last."""

    def __init__(self, seconds):
        self.seconds, self.newest, self.last = seconds, 0, {}

    def add(self, now, value):
        self.last[value] = max(now, self.last.get(value, 0))
        self.newest = max(self.newest, now)

    def count(self):
        for value in [v for v, last in self.last.items() if last <= self.newest - self.seconds]:
            del self.last[value]
        return len(self.last)


class Known:
    """Networks of a user: known from the day after the first login on, for 30 days."""

    def __init__(self):
        self.first, self.logins, self.days = None, 0, {}

    def ask(self, value, day):
        first, last = self.days.get(value, (day, 0))
        if first < day and day - last < 30:
            return "known"
        return "new" if self.logins >= 3 and day - self.first >= 14 else "learning"

    def add(self, value, day):
        self.first = day if self.first is None else self.first
        self.logins += 1
        self.days[value] = (min(day, self.days.get(value, (day, 0))[0]), day)


class Growth:
    """Counts of hours of workdays and of weekends, and what was usual in them."""

    def __init__(self):
        self.hours = {}  # class, hour of day -> day -> count

    @staticmethod
    def slot(hour):
        day = hour // 24
        return (day + 4) % 7 in (0, 6), hour % 24

    def add(self, now, amount):
        hour = now // HOUR
        days = self.hours.setdefault(self.slot(hour), {})
        days[hour // 24] = days.get(hour // 24, 0) + amount

    def usual(self, now, since):
        """The greatest of the means of this hour and both beside it, of the days before today."""
        greatest = 0
        for hour in range(now // HOUR - 1, now // HOUR + 2):
            weekend, _ = slot = self.slot(hour)
            days = sum(1 for d in range(since // DAY, now // DAY) if ((d + 4) % 7 in (0, 6)) == weekend)
            greatest = max(greatest, sum(n for d, n in self.hours.get(slot, {}).items() if d < now // DAY) / max(days, 1))
        return greatest


# name, limit, window, quiet
COUNTS = [
    ("login-failures-address", 10, 300, HOUR), ("login-failures-user", 10, 300, HOUR), ("relay-attempts", 5, 600, 6 * HOUR),
    ("postscreen-address", 20, 600, HOUR), ("virus-own-user", 0, HOUR, HOUR), ("daemon-throttled", 0, 600, HOUR),
    ("daemon-died", 0, 600, HOUR), ("daemon-exits", 2, 600, HOUR),
    ("recipients-user", 500, HOUR, 4 * HOUR)]
DISTINCTS = [
    ("login-spray", 10, 600, 6 * HOUR), ("login-slow-spray", 10, DAY, DAY), ("login-user-networks", 5, HOUR, 6 * HOUR),
    ("login-user-many-networks", 5, HOUR, 6 * HOUR), ("auth-own-refused", 5, HOUR, 6 * HOUR),
    ("auth-domain-fail", 20, HOUR, 6 * HOUR), ("auth-own-domain-fail", 20, HOUR, 6 * HOUR), ("spam-own-user", 5, HOUR, HOUR)]
# limit, share of all in percent, least of all, least of the bad
SHARES = [("bounce-share", 0, 5, 50, 10, HOUR, 4 * HOUR), ("unknown-lines", 0, 1, 1000, 10, HOUR, DAY),
          ("tls-nexthop", 10, 50, 0, 0, HOUR, 6 * HOUR)]
DISTINCT_SHARES = [("nexthop-deferrals", 20, 50, 900, HOUR), ("harvest", 20, 50, HOUR, 6 * HOUR)]
GROWTHS = [("mail-growth-user", 100, HOUR, 4 * HOUR), ("mail-growth-domain", 100, HOUR, 4 * HOUR),
           ("rejects-growth", 200, 900, HOUR), ("postscreen-storm", 500, 900, HOUR)]
BY_PARTS = {"recipients-user": HOUR, "bounce-share": HOUR, "unknown-lines": HOUR, "tls-nexthop": HOUR, "nexthop-deferrals": 900,
            "harvest": HOUR, "mail-growth-user": HOUR, "mail-growth-domain": HOUR, "rejects-growth": 900, "postscreen-storm": 900,
            "queue-stalled": 185 * PARTS}  # at the look of a minute, and again a whole minute later


class Naive:
    def __init__(self, exempt, lists):
        self.exempt, self.lists = exempt, lists
        self.state, self.told, self.held, self.known, self.growth, self.began = {}, {}, {}, {}, {}, {}
        self.alerts = []  # line, rule, key, severity or None
        self.early = set()  # line, rule: over in a window that is a thirtieth shorter, and not in the whole one
        self.faults = []  # traffic that lies too near to a limit for a naive baseline

    def window(self, rule, key, make, seconds):
        state = self.state.get((rule, key))
        if state is None:
            state = self.state[(rule, key)] = make(seconds)
        return state

    def over(self, line, now, rule, key, most, quiet, severity=None, amount=1):
        """most: so many more are told of in the quiet time, too; 0: however many there are."""
        told = self.told.get((rule, key))
        if told is not None and abs(now - told) < quiet:
            before = self.held[(rule, key)]
            self.held[(rule, key)] += amount
            if most == 0 or not before < most <= before + amount:
                return
        self.told[(rule, key)] = now
        self.held[(rule, key)] = 0
        self.alerts.append((line, rule, key, severity))

    def count(self, line, now, rule, key, amount=1):
        limit, seconds, quiet = self.rows[rule]
        window = self.window(rule, key, Window, seconds)
        window.add(now, amount)
        if window.sum() > limit:
            self.over(line, now, rule, key, 9 * limit, quiet, amount=amount)

    def distinct(self, line, now, rule, key, value):
        limit, seconds, quiet = self.rows[rule]
        window = self.window(rule, key, Distinct, seconds)
        window.add(now, value)
        if window.count() > limit:
            self.over(line, now, rule, key, 9 * limit, quiet)

    def share(self, line, now, rule, key, counts, value=None):
        limit, percent, least, bad, seconds, quiet = self.rows[rule]
        if value is not None:
            distinct = self.window(rule, key, Distinct, seconds)
            distinct.add(now, value)
        over = []
        for length in (seconds, seconds - seconds // PARTS):
            every = self.window(rule, (key, length, "all"), Window, length)
            some = self.window(rule, (key, length, "bad"), Window, length)
            every.add(now, 1)
            some.look(now)
            if not counts:
                continue
            some.add(now, 1)
            n, m = every.sum(), some.sum()
            over.append((distinct.count() if value is not None else m) > limit and n >= least and m >= bad and m * 100 > n * percent)
        if counts and over[0]:
            self.over(line, now, rule, key, 9 * limit, quiet)
        elif counts and over[1]:
            self.early.add((line, rule))

    def grow(self, line, now, rule, key):
        least, seconds, quiet = self.rows[rule]
        since = self.began.setdefault(rule, now)
        growth = self.growth.setdefault((rule, key), Growth())
        window = self.window(rule, key, Window, seconds)
        window.add(now, 1)
        growth.add(now, 1)
        count = window.sum() if len(window.events) >= least else 0
        weekend = (now // DAY + 4) % 7 in (0, 6)
        warm = now >= since + DAY and any(((d + 4) % 7 in (0, 6)) == weekend for d in range(-(-since // DAY), now // DAY))
        if not warm or count < least:
            return
        usual = growth.usual(now, since) * seconds / HOUR
        if count > 5.5 * usual:
            self.over(line, now, rule, key, 9 * least, quiet)
        elif count > 3 * usual:
            self.faults.append("%s of %s: %d, usual %.1f" % (rule, key, count, usual))

    def failed(self, line, now, ip, user, amount, told_by_counts):
        address = network(ip, 32, 4)
        if ip in self.exempt:
            return
        recent = self.window("failed", ("address", address), Window, HOUR)
        recent.add(now, amount)
        self.count(line, now, "login-failures-address", address, amount)
        if user is not None:
            self.distinct(line, now, "login-spray", address, user)
            self.distinct(line, now, "login-slow-spray", address, user)
        if told_by_counts or user is None:
            return
        self.window("failed", ("user", user), Window, HOUR).add(now, amount)
        self.count(line, now, "login-failures-user", user, amount)
        self.distinct(line, now, "login-user-networks", user, network(ip, 24, 4))

    def login(self, line, now, ip, user):
        value, day = network(ip, 24, 4), now // DAY
        known = self.known.setdefault(user, Known())
        knows = known.ask(value, day)
        severity = {"new": "critical", "learning": "high"}.get(knows)
        for kind, key, rule in (("address", network(ip, 32, 4), "login-after-failures-address"), ("user", user, "login-after-failures")):
            window = self.state.get(("failed", (kind, key)))
            if window is None:
                continue
            window.look(now)
            if window.sum() <= 4:
                continue
            if knows != "known":
                self.over(line, now, rule, key, 0, 6 * HOUR, severity)
            elif kind == "user":
                self.over(line, now, rule + "-known", key, 0, 6 * HOUR, "low")
        if knows == "new":
            self.over(line, now, "login-new-network", user, 0, DAY)
        known.add(value, day)
        self.distinct(line, now, "login-user-many-networks", user, network(ip, 16, 2))

    def take(self, line, now, fact):
        kind = fact[0]
        if kind == "fail":
            self.failed(line, now, fact[1], fact[2], fact[3], False)
        elif kind == "denied":
            self.failed(line, now, fact[1], None, fact[2], True)
        elif kind == "login":
            self.login(line, now, fact[1], fact[2])
        elif kind == "mail":
            self.grow(line, now, "mail-growth-user", fact[1])
            self.grow(line, now, "mail-growth-domain", fact[2])
            if fact[1] not in self.lists:
                self.count(line, now, "recipients-user", fact[1], fact[3])
        elif kind == "final":
            self.share(line, now, "bounce-share", fact[1], fact[2])
        elif kind == "refused":
            self.distinct(line, now, "auth-own-refused", fact[1], fact[2])
        elif kind == "delivery":
            self.share(line, now, "nexthop-deferrals", fact[1], fact[2] is not None, fact[2])
        elif kind == "asked":
            self.share(line, now, "harvest", network(fact[1], 32, 4), fact[2] is not None, fact[2])
        elif kind == "reject":
            self.grow(line, now, "rejects-growth", fact[1])
        elif kind == "relay":
            self.count(line, now, "relay-attempts", fact[1])
        elif kind == "dmarc":
            self.distinct(line, now, fact[1], fact[2], fact[3])
        elif kind == "virus":
            self.count(line, now, "virus-own-user", fact[1])
        elif kind == "spam":
            self.distinct(line, now, "spam-own-user", fact[1], fact[2])
        elif kind == "guilty":
            self.grow(line, now, "postscreen-storm", "all")
            self.count(line, now, "postscreen-address", network(fact[1], 32, 4))
        elif kind == "daemon":
            self.count(line, now, fact[1], fact[2])
        elif kind == "tls":
            self.share(line, now, "tls-nexthop", fact[1], fact[2])

    def run(self, lines, stalls):
        """Alerts by the lines of a log, and faults of the traffic. stalls: when mails had their last line."""
        stalls = sorted(stalls)
        for number, (at, text, facts) in enumerate(lines):
            now = at // 1000000
            while stalls and now > stalls[0] + 1800:
                self.over(number, now, "queue-stalled", "all", 0, HOUR)
                stalls.pop(0)
            for fact in facts:
                self.take(number, now, fact)
            if text.startswith("postfix", 37):
                self.share(number, now, "unknown-lines", "all", bool(facts) and facts[0][0] == "strange")
        return self.alerts

    rows = {row[0]: row[1:] for row in COUNTS + DISTINCTS + GROWTHS}
    rows.update({row[0]: row[1:] for row in SHARES})
    rows.update({r: (limit, percent, 0, 0, seconds, quiet) for r, limit, percent, seconds, quiet in DISTINCT_SHARES})
