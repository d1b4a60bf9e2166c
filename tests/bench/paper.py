#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""paper.py LOG OUTSIDE HELD: how many lines threads take in the time of one, on paper.

OUTSIDE and HELD are microseconds of a line without locks and under those of its parts. Threads take
turns of 32 lines as in workers.c. A line holds the parts of its queue id and of its process (of one
alone when it has no other, of a random one when it has none), taken in order, for all of HELD. Parts
that are busy are waited for; who waits longest is next. Not in it: what leads to other parts, a cache
and a memory that all share, the cost of waiting and waking, rsyslog. So it tells an upper bound.
"""
import heapq, random, re, sys

TURN, LINES = 32, 40000
QUEUE_ID = re.compile(r": ([0-9A-F]{6,}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,}): ")
PROCESS = re.compile(r"(\S+)\[(\d+)\]: ")
# The kinds of lines that are of a process's connection, too: those of servers with clients.
SERVER = re.compile(r"/(smtpd|smtps|submission|postscreen|tlsproxy)\b")


def keys_of(line):
    queue_id, process = QUEUE_ID.search(line), PROCESS.search(line)
    keys = [queue_id.group(1)] if queue_id else []
    if process and SERVER.search(process.group(1)):
        keys.append(process.group(0))
    return keys or [line]


def simulate(lines, threads, parts, outside, held):
    """The time at which all lines are done. Events are in the order of time."""
    part_of, draw = {}, random.Random(1)
    needs = [sorted({part_of.setdefault(k, draw.randrange(parts)) for k in keys}) for keys in lines]
    next_line, end = 0, 0.0
    # (time, thread, line, last of its turn, which of its parts it asks for next)
    events = []
    for thread in range(threads):
        events.append((outside, thread, next_line, next_line + TURN, 0))
        next_line += TURN
    waiting = events
    heapq.heapify(waiting)
    owner, queues = [None] * parts, [[] for _ in range(parts)]
    while waiting:
        now, thread, line, last, step = heapq.heappop(waiting)
        need = needs[line]
        if step < len(need):  # asks for a part
            part = need[step]
            if owner[part] is None:
                owner[part] = thread
                heapq.heappush(waiting, (now + (held if step + 1 == len(need) else 0), thread, line, last, step + 1))
            else:
                queues[part].append((thread, line, last, step))
            continue
        for part in need:  # lets all go: the first who waits gets it
            owner[part] = None
            if queues[part]:
                other, its_line, its_last, its_step = queues[part].pop(0)
                owner[part] = other
                done = its_step + 1 == len(needs[its_line])
                heapq.heappush(waiting, (now + (held if done else 0), other, its_line, its_last, its_step + 1))
        end, line = now, line + 1
        if line == last:
            line, next_line = next_line, next_line + TURN
            last = line + TURN
        if line < len(needs):
            heapq.heappush(waiting, (now + outside, thread, line, last, 0))
    return end


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__.split("\n")[0])
    with open(sys.argv[1], encoding="utf-8", errors="replace") as log:
        lines = [keys_of(line) for _, line in zip(range(LINES), log)]
    outside, held = float(sys.argv[2]), float(sys.argv[3])
    print("| threads | 1 part | 4 parts | 16 parts | 32 parts |\n|---|---|---|---|---|")
    for threads in (2, 4, 8):
        row = [len(lines) * (outside + held) / simulate(lines, threads, parts, outside, held) for parts in (1, 4, 16, 32)]
        print("| %d | %s |" % (threads, " | ".join("%.2f" % ratio for ratio in row)))


main()
