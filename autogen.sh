#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes ./configure in a fresh checkout.
set -e
cd "$(dirname "$0")"
exec autoreconf -fi
