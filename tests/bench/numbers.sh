# SPDX-License-Identifier: Apache-2.0
# What scripts here make of numbers; read by them.

# median NUMBER...
median() { printf '%s\n' "$@" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
# spread RATIO...: the middle one, and from which to which they go.
spread() {
    printf '%s\n' "$@" | sort -n | awk '{ v[NR] = $1 } END { printf "%.2f %.2f-%.2f", v[int((NR + 1) / 2)], v[1], v[NR] }'
}
# ratio A B
ratio() { awk -v a="${1:-0}" -v b="${2:-0}" 'BEGIN { printf "%.4f", (b > 0 ? a / b : 0) }'; }
# The instructions that a callgrind file counts.
instructions() { awk '/^(summary|totals):/ { n = $2 } END { printf "%.0f", n }' "$@"; }
