# SPDX-License-Identifier: Apache-2.0
"""All scenarios, by name."""
from scenarios import access, content, inbound, outbound, queues, screening, sessions  # noqa: F401
from scenarios.common import ALL  # noqa: F401
